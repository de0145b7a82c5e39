//! Words that columns are named by: in English, Spanish, French, German and Portuguese, and as they are cut short.

/// What stands for several words, and those words.
///
/// A word stands once. Where one means two things in two languages, the English one counts.
pub(super) const SYNONYMS: [(&str, &str); 87] = [
    (
        "id",
        "id ids identifier ident identification key uuid guid uid number no num nbr nr nmbr numero nro nummer kennung identificador identifiant identificacion clave recid sk pk seqid",
    ),
    ("record", "record rec chart medical med hospitalnumber expediente historia akte dossier prontuario"),
    ("record id", "mrn mrno pmrn emrn mr medrec medrecno mpi empi eid epi epiid unitno unitnumber"),
    (
        "patient",
        "patient patients pat pt pats ptnt paciente pacientes patienten cliente client clients person persons persona people resident participant consumer recipient individual individuo subject customer demographics demographic demog demo pid pers personne kunde",
    ),
    ("patient id", "patid ptid patientref patref patno ptno patnum patnbr personid pidn patientno"),
    (
        "member",
        "member mbr memb subscriber subscr enrollee beneficiary bene benef afiliado insured miembro versicherte policy",
    ),
    ("code", "code cd cde codes codigo kode schluessel"),
    ("name", "name nm nme nam naam names"),
    ("full", "full fullname whole complete display displayname completo"),
    (
        "last",
        "last surname lname lastname lstnm ln lnam lastnm family famname familyname apellido apellidos nachname familienname famille sobrenome lst sname zuname cognome paterno nomfamille",
    ),
    (
        "first",
        "first given fname firstname fstnm fn fnam firstnm forename givenname vorname prenom nombre nombres frst forenames gname rufname christian",
    ),
    (
        "middle",
        "middle mi mname middlename middlenm mid mdl midname middleinitial mn minit midinit segundo deuxieme zweitname",
    ),
    ("initial", "initial init inicial"),
    ("suffix", "suffix sfx suff sufijo generation namesuffix gen suf suffixe"),
    ("prefix", "prefix title salutation honorific anrede titulo"),
    ("maiden", "maiden mothers alias aka former previous nee old prior nickname"),
    (
        "birth",
        "birth born bth brth birthday bday nacimiento naissance geburt geboren nascimento nac bd natal nacido geburts",
    ),
    (
        "birth date",
        "dob birthdate bdate bdt dtbirth dateofbirth birthdt geburtsdatum gebdatum gebdat fechanacimiento fnac fecnac ddn dtnasc dobirth bdy",
    ),
    (
        "death",
        "death died deceased dead expired decease fallecimiento defuncion deces decede verstorben tod muerte mort obito falleci expiry sterbe todes",
    ),
    ("death date", "dod deathdate dtdeath dateofdeath sterbedatum todesdatum deceaseddate"),
    ("date", "date dt dte day datum fecha dat dates fec data jour dia tag ymd"),
    (
        "time",
        "time tm tme datetime dttm dtm hora heure uhrzeit zeit tmstmp zeitpunkt dtime dtg instant moment hour ms epoch millis",
    ),
    (
        "updated",
        "updated update upd actualizacion updt modified mod modify changed lastupdated lastmodified lastupdate lastchange ts timestamp stamp lastmod lupd modificado actualizado geaendert aenderung aktualisiert modifie refreshed touched revised edited lastupd mtime updatedat modifiedat changedate",
    ),
    ("event", "event evt activity trx transaction"),
    (
        "created",
        "created create crt entered entry inserted creation creado erstellt creadoen loaded load extracted extract",
    ),
    ("sex", "sex gender gndr sexo geschlecht sexe genero genre gend gender sx"),
    ("race", "race raza rce races raca rasse"),
    ("ethnicity", "ethnicity ethnic eth ethn ethnicgroup hispanic latino hisp etnia ethnie etnicidad ethgrp ethcty"),
    ("language", "language lang idioma langue sprache lengua idiom lng lingua languagepref preflang tongue"),
    ("ssn", "ssn social socsec ssno ssnum socialsecurity socsecno sssn soc ss socialsecuritynumber seguro"),
    ("ssn4", "ssn4 ssnlast4 last4 ssnlast last4ssn lastfour four ssnl4"),
    ("security", "security sec seguridad"),
    ("medicare", "medicare mbi mcare hic hicn hicno mbino medicareid mcr"),
    ("medicaid", "medicaid mcaid mcd mdcd medicaidid caid medi cal"),
    (
        "address",
        "address addr adr adrs adress street str direccion calle adresse strasse rue endereco domicilio line ln1 addrline streetaddress addressline address1 domicile residence straat anschrift stline streetline strt rd line1",
    ),
    (
        "second",
        "apt apartment unit suite ste addr2 address2 addressline2 additional line2 flat apto depto zusatz complement complemento linetwo street2 adress2 dwelling extra two",
    ),
    (
        "city",
        "city town cty ciudad ville stadt ort municipality cidade wohnort municipio citytown locality localidad poblacion commune cityname place2",
    ),
    ("state", "state st stt province provincia bundesland estado etat sta statecode stateprov"),
    (
        "zip",
        "zip zipcode postal postcode postalcode plz cp zipcd pcode postleitzahl codepostal codigopostal cep zip5 zip9 zippostal zc zcode post",
    ),
    ("county", "county cnty parish condado kreis landkreis countyname comte fips"),
    ("country", "country nation pais pays land countrycode nationality citizenship"),
    (
        "phone",
        "phone tel telephone mobile cell cellphone ph telefono telefon telefone fon handy movil celular hphone homephone phonenumber phoneno telno phon mob cellular telf tlf telefonnummer phn contactno",
    ),
    ("email", "email mail eml correo emailaddress courriel emailaddr mailaddress emal correoelectronico"),
    (
        "encounter",
        "encounter enc encntr visit visits vis vst episode stay case acct account claim clm csn har appointment appt visita sejour encuentro atencion fall fallnummer besuch consulta episodio visitid billing2 finnbr conf contactserial encounterid aufenthalt cita reclamo factura",
    ),
    (
        "encounter id",
        "vid visitno visitnum acctno acctnum accountno claimno claimnum encid encno fnbr hsp hspacct icn dcn ccnclaim encno enctr visitnbr",
    ),
    (
        "class",
        "class cls clss type typ kind category cat tipo clase klasse categorie art setting categoria typecode visittype ptclass modality",
    ),
    ("status", "status stat sts stus estatus statut zustand situacion standing"),
    (
        "admit",
        "admit adm admission admitted admt admsn ingreso entree aufnahme admissiondate admdt admitdt admited internacao aufnahmedt",
    ),
    (
        "start",
        "start begin began begins beg from commence inicio debut beginn desde von de opened strt checkin arrival arrive arrived arr started since effective eff onset frm bgn depuis",
    ),
    ("service", "service svc srv serv servicio dos servdate svcdt rendered"),
    (
        "discharge",
        "discharge disch dsch dis dschg discharged dischg dschrg dschrge dischrg dschr separation dc entlassung egreso alta sortie dischdt released leave salida austritt entlassungs",
    ),
    (
        "end",
        "end stop finish finished ended thru through to until fin2 ende hasta bis close closed checkout departure departed completed terminated termination out exit fim ending final",
    ),
    ("disposition", "disposition disp dispo dispos destination disposicion dispositn"),
    ("source", "source src origin origen quelle herkunft provenance poo"),
    (
        "facility",
        "facility fac hospital hosp clinic clinica site location loc campus center centre department dept hopital krankenhaus klinik institution centro inst establishment facil fclty organization org place unidad sede einrichtung branch practice",
    ),
    ("npi", "npi npino npinum nationalprovider"),
    ("ccn", "ccn oscar provnum certification cms medicareprovider cert"),
    (
        "attending",
        "attending att attn atnd attend attnd atend attg atten tratante primaryprovider attd attnding attndg",
    ),
    (
        "provider",
        "provider prov prv prvdr physician physn phys doctor doc dr md clinician practitioner pract medico arzt medecin performer rendering rend treating caregiver doctorname nurse behandler",
    ),
    ("billing", "billing bill bil billto biller facturacion"),
    (
        "otherprovider",
        "referring ref operating oper ordering pcp admitting consulting consult supervising surgeon referral referred refer",
    ),
    (
        "diagnosis",
        "diagnosis diag diagnoses dgns dx dxs dxcode icd icd10 icd9 icdcode icd10cm diagnostico diagnose diagnostic condition conditions problem problems diagcode dgn dxcd principaldx pdx diagnosen",
    ),
    ("primary", "primary principal prim princ prncpal main first1 hauptdiagnose"),
    ("drg", "drg msdrg drgcode drgcd"),
    ("coverage", "coverage cov eligibility elig enrollment enrolment term cobertura"),
    ("ms", "msd"),
    ("procedure", "procedure proc cpt hcpcs px prcdr surgery operation2 procedimiento"),
    (
        "payer",
        "payer payor insurance ins carrier plan insurer payername payorname aseguradora versicherung kasse assurance seguros ins1 insco kostentraeger krankenkasse insname insplan primarypayer seguradora",
    ),
    ("financial", "financial fin finclass fc finance fclass payclass paytype payortype finan"),
    (
        "charge",
        "charge charges chg chrg chgs amount amt total totals tot billed cost price betrag monto importe montant valor gross totalcharge totchg fee balance cargo preis kosten totalchg totalcharges coste totalamt bal dollars usd",
    ),
    ("paid", "paid payment pay allowed copay deductible coinsurance adjustment patientpay reimbursed pmt"),
    ("weight", "weight wt wgt peso gewicht poids weigh wght mass bodyweight"),
    ("pounds", "lb lbs pound pounds libras pfund"),
    ("kilograms", "kg kgs kilo kilos kilogram kilograms"),
    ("grams", "gram grams gm grm gms"),
    ("ounces", "oz ounce ounces"),
    ("height", "height ht hgt bmi temp pulse bp pressure estatura taille groesse talla"),
    ("operation", "op operation action actn crud iud changetype opcode rowop recordaction transtype dml"),
    ("delete", "delete deleted del isdeleted delflag removed remove inactive deletion tombstone borrado geloescht"),
    ("flag", "flag flg ind indicator is yn bool"),
    ("guarantor", "guarantor guar gtr policyholder holder sub insuredparty responsible garante"),
    (
        "relative",
        "emergency emerg nok kin mother father spouse parent guardian caretaker relative madre padre nextofkin relationship relation emgcontact vater mutter conyuge",
    ),
    ("employer", "employer emp employment occupation work business job arbeitgeber occupation empleador wk"),
    ("fax", "fax facsimile pager beeper"),
    (
        "note",
        "note notes comment comments remark remarks memo text freetext comentario bemerkung observaciones narrative reason complaint",
    ),
    ("age", "age edad alter years yrs"),
    (
        "of",
        "primer of the and for on in at by is was del la el per das der die du des le los las y und et da do x cur current legal official primary1 home admin administrative std default val value field col column data1 lineno prefer number1 hm personal contact1 main1 reg registered us use full2 system telecom period meta contact home reference info information desc description descr preferred point residencia residence res label literal detail details pref ip display",
    ),
];
