//! Words and codes that are often sent, and what they mean in the common tables.

use super::target::Target;

/// What a code column may have, and what is sent for it, between bars.
type List = &'static [(&'static str, &'static str)];

const SEX: List = &[
    ("female", "f|female|2|w|weiblich|mujer|femenino|femenina|femme|feminino|feminin|fem|woman|frau|248152002|8532"),
    ("male", "m|male|1|h|hombre|masculino|masculin|mann|homme|man|maennlich|männlich|248153007|8507"),
    ("other", "o|other|3|x|non-binary|nonbinary|otro|otra|divers|d|andere|autre|outro|a|ambiguous|intersex|nb|8521"),
    (
        "unknown",
        "u|unknown|9|unk|not stated|desconocido|unbekannt|inconnu|n|undifferentiated|0|undisclosed|not specified|no indicado",
    ),
];
const RACE: List = &[
    ("white", "2106-3|w|white|blanco|blanca|caucasian|c|weiss|blanc|wh|cauc|1"),
    (
        "black or african american",
        "2054-5|b|black or african american|black|african american|negro|negra|aa|schwarz|noir|bl|black/african american|2",
    ),
    ("asian", "2028-9|a|asian|asiatico|asiatica|asiatique|asiatisch|as|4"),
    (
        "american indian or alaska native",
        "1002-5|i|american indian or alaska native|american indian|native american|indio|ai|an|aian|american indian/alaska native|alaska native|3",
    ),
    (
        "native hawaiian or other pacific islander",
        "2076-8|p|native hawaiian or other pacific islander|native hawaiian|pacific islander|hawaiian|pi|nh|nhpi|native hawaiian/pacific islander|h|5",
    ),
    ("other race", "2131-1|o|other race|other|otro|otra|otra raza|andere|autre|multiracial|multi|ot|mixed|7|6"),
    ("unknown", "unk|u|unknown|desconocido|asku|9|declined|refused|not stated|unbekannt|patient refused|d|0|8"),
];
const ETHNICITY: List = &[
    (
        "hispanic or latino",
        "2135-2|y|yes|hispanic or latino|hispanic|latino|h|hisp|si|1|hispanic/latino|latina|hispano",
    ),
    (
        "not hispanic or latino",
        "2186-5|n|no|not hispanic or latino|non-hispanic|non hispanic|nh|not hispanic|2|no hispano|nonhispanic|not hispanic/latino|0",
    ),
    ("unknown", "unk|u|unknown|desconocido|asku|9|declined|refused|not stated|3"),
];
const LANGUAGE: List = &[
    ("en", "en|eng|english|ingles|inglés|englisch|anglais|en-us"),
    ("es", "es|spa|spanish|español|espanol|spanisch|espagnol|es-us"),
    ("ht", "ht|hat|haitian creole|kreyol|criollo haitiano"),
    ("vi", "vi|vie|vietnamese|vietnamita|vietnamesisch"),
    ("pt", "pt|por|portuguese|portugues|portugués|portugiesisch|portuguese (brazil)"),
    ("zh", "zh|chi|zho|chinese|chino|mandarin|chinesisch|cantonese|cmn|yue"),
    ("fr", "fr|fre|fra|french|frances|francés|französisch"),
    ("ru", "ru|rus|russian|ruso|russisch"),
    ("ar", "ar|ara|arabic|arabe|árabe|arabisch"),
    ("ko", "ko|kor|korean|coreano|koreanisch"),
    ("tl", "tl|tgl|tagalog|filipino|fil"),
    ("de", "de|ger|deu|german|aleman|alemán|deutsch"),
    ("it", "it|ita|italian|italiano|italienisch"),
    ("pl", "pl|pol|polish|polaco|polnisch"),
    ("hi", "hi|hin|hindi"),
    ("ja", "ja|jpn|japanese|japones"),
    ("fa", "fa|per|fas|persian|farsi"),
    ("ase", "ase|american sign language|asl|sgn"),
];
const CLASS: List = &[
    (
        "inpatient",
        "imp|inpatient|i|ip|in|hospital encounter|inp stay|acute|nonac|inpatient stay|inpatient encounter|9201|hospitalization|hospitalizado|internado|stationär|stationaer|hospitalización|hospitalizacion|hospitalisation|inp|inpt|hospital",
    ),
    (
        "emergency",
        "emer|emergency|e|ed|er|ed visit|emergency room|emergency department|9203|urgencias|urgencia|notfall|urgence|er visit|emergency visit|emerg",
    ),
    (
        "observation",
        "obsenc|observation|v|obs|ob|observation stay|581385|observacion|observación|beobachtung|observ|ino",
    ),
    (
        "ambulatory",
        "amb|ambulatory|o|op|outpatient|clinic|office|office visit|clinic visit|9202|ambulatorio|ambulatoria|ambulant|ambulatoire|cli|outpt|outp|opd|outpatient visit|c|consulta externa|r|recurring|consultation",
    ),
    (
        "home_health",
        "hh|home_health|h|home health|home|home visit|581476|domicilio|visita domiciliaria|hausbesuch|home care|domiciliary",
    ),
    (
        "virtual",
        "vr|virtual|t|telehealth|telemedicine|tele|video|virtual visit|5083|phone|telephone|televisit|video visit|telesalud|telemed|telephonic",
    ),
    ("preadmission", "prenc|preadmission|p|pre-admit|preadmit|pre-admission|pre|pre-registration"),
    ("other", "other|n|misc|oth|not applicable|unknown|otro|sonstige|autre|u|miscellaneous"),
];
const STATUS: List = &[
    (
        "finished",
        "finished|closed|complete|completed|done|discharged|f|final|abgeschlossen|cerrado|finalizado|checked out|departed|dis|co|alta|terminé|termine",
    ),
    (
        "in_progress",
        "in-progress|in_progress|in progress|open|active|admitted|arrived|started|onleave|triaged|current|offen|abierto|activo|en curso|checked in|a|o|adm|en cours",
    ),
    (
        "cancelled",
        "cancelled|canceled|cancel|void|voided|no show|noshow|x|storniert|cancelado|annulé|deleted|entered-in-error|c|annule|abgesagt",
    ),
    (
        "planned",
        "planned|scheduled|pending|booked|future|preadmit|p|geplant|programado|s|planifié|pre-admit|planificado|appointment requested",
    ),
];
const PAYER: List = &[
    ("medicare", "medicare|mcr|mcare|medicare part a|medicare part b|1|ma|mc|medicare advantage|mb"),
    ("medicaid", "medicaid|mcd|mcaid|2|md|medi-cal|mdcd|medicaid hmo|caid"),
    (
        "commercial",
        "commercial|com|comm|private|private insurance|5|hmo|ppo|bcbs|blue cross|c|ci|managed care|group|pri|privado|commercial insurance|insurance",
    ),
    (
        "self_pay",
        "self_pay|self pay|self-pay|sp|8|selfpay|uninsured|cash|s|self|none|selbstzahler|particular|private pay|patient",
    ),
    ("other", "other|oth|9|o|workers comp|wc|auto|tricare|va|government|gov|charity|otro"),
    ("unknown", "unknown|unk|u|desconocido|99"),
];
const DIAGNOSIS_TYPE: List = &[
    ("icd-10-cm", "icd-10-cm|icd10|icd-10|10|icd10cm|0|i10|abk|abf|http://hl7.org/fhir/sid/icd-10-cm"),
    ("icd-9-cm", "icd-9-cm|icd9|icd-9|9|icd9cm|i9|bk|bf|http://hl7.org/fhir/sid/icd-9-cm"),
];

/// Words that take rows out.
pub(super) const REMOVES: [&str; 9] = ["d", "delete", "deleted", "del", "remove", "removed", "r", "true", "y"];
/// Words that operations are told by.
pub(super) const OPERATIONS: [&str; 32] = [
    "d", "delete", "deleted", "del", "remove", "removed", "r", "true", "false", "y", "n", "i", "u", "a", "c", "insert",
    "inserted", "update", "updated", "upsert", "add", "added", "change", "changed", "modify", "modified", "new",
    "create", "merge", "m", "0", "1",
];
/// Words that stand for nothing.
pub(super) const NULL_WORDS: [&str; 29] = [
    "null",
    "n/a",
    "na",
    "none",
    "nil",
    "\\n",
    "-",
    "--",
    "---",
    ".",
    "#n/a",
    "#ref!",
    "#value!",
    "sin dato",
    "s/d",
    "not available",
    "missing",
    "(null)",
    "<null>",
    "nan",
    "nd",
    "n.d.",
    "k.a.",
    "no data",
    "[null]",
    "not recorded",
    "(blank)",
    "nicht angegeben",
    "sin datos",
];

/// Returns what codes of a column may mean; `None` if it is no code column.
fn list(target: Target) -> Option<List> {
    Some(match target {
        Target::Sex => SEX,
        Target::Race => RACE,
        Target::Ethnicity => ETHNICITY,
        Target::Language => LANGUAGE,
        Target::EncounterClass => CLASS,
        Target::EncounterStatus => STATUS,
        Target::PayerType => PAYER,
        Target::DiagnosisType => DIAGNOSIS_TYPE,
        _ => return None,
    })
}

/// Tells whether a column holds codes.
pub(super) fn is_coded(target: Target) -> bool {
    list(target).is_some()
}

/// Returns what a code means in the common tables, if it is one that is often sent.
pub(super) fn meaning(target: Target, code: &str) -> Option<&'static str> {
    let code = code.trim().to_lowercase();
    let list = list(target)?;
    let of = list.iter().find(|(value, words)| *value == code || words.split('|').any(|word| word == code));
    of.map(|(value, _)| *value)
}

/// Tells whether a code is a number: what it means differs from partner to partner.
pub(super) fn is_numbered(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit())
}
