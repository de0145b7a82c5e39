//! What a column may be.

/// What a column may be: a column of a common table, several of them at once, or what rows are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Target {
    PatientId,
    MemberId,
    LastName,
    FirstName,
    MiddleName,
    NameSuffix,
    FullName,
    BirthDate,
    DeathDate,
    Sex,
    Race,
    Ethnicity,
    Language,
    Ssn,
    SsnLast4,
    MedicareId,
    MedicaidId,
    Address,
    Address2,
    City,
    State,
    Zip,
    CityStateZip,
    County,
    Phone,
    Email,
    UpdatedAt,
    EncounterId,
    EncounterClass,
    EncounterStatus,
    Start,
    End,
    AdmitSource,
    AdmitType,
    Disposition,
    FacilityCcn,
    FacilityName,
    FacilityNpi,
    AttendingNpi,
    AttendingName,
    Diagnosis,
    DiagnosisType,
    Drg,
    Payer,
    PayerType,
    Charge,
    Weight,
    Operation,
}

/// Which common tables have a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Persons,
    Encounters,
    Both,
}

impl Target {
    /// Returns which tables have it.
    pub(super) const fn of(self) -> Of {
        match self {
            Self::PatientId | Self::UpdatedAt | Self::Operation => Of::Both,
            Self::EncounterId
            | Self::EncounterClass
            | Self::EncounterStatus
            | Self::Start
            | Self::End
            | Self::AdmitSource
            | Self::AdmitType
            | Self::Disposition
            | Self::FacilityCcn
            | Self::FacilityName
            | Self::FacilityNpi
            | Self::AttendingNpi
            | Self::AttendingName
            | Self::Diagnosis
            | Self::DiagnosisType
            | Self::Drg
            | Self::Payer
            | Self::PayerType
            | Self::Charge
            | Self::Weight => Of::Encounters,
            _ => Of::Persons,
        }
    }

    /// Returns the column of the common table, or what the page calls it.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::PatientId => "patient_id",
            Self::MemberId => "member_id",
            Self::LastName => "last_name",
            Self::FirstName => "first_name",
            Self::MiddleName => "middle_name",
            Self::NameSuffix => "name_suffix",
            Self::FullName => "name",
            Self::BirthDate => "birth_date",
            Self::DeathDate => "death_date",
            Self::Sex => "sex",
            Self::Race => "race",
            Self::Ethnicity => "ethnicity",
            Self::Language => "language",
            Self::Ssn => "social_security_number",
            Self::SsnLast4 => "ssn_last4",
            Self::MedicareId => "medicare_id",
            Self::MedicaidId => "medicaid_id",
            Self::Address => "address",
            Self::Address2 => "address_line_2",
            Self::City => "city",
            Self::State => "state",
            Self::Zip => "zip_code",
            Self::CityStateZip => "city_state_zip",
            Self::County => "county",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::UpdatedAt => "updated_at",
            Self::EncounterId => "encounter_id",
            Self::EncounterClass => "encounter_class",
            Self::EncounterStatus => "encounter_status",
            Self::Start => "encounter_start",
            Self::End => "encounter_end",
            Self::AdmitSource => "admit_source_code",
            Self::AdmitType => "admit_type_code",
            Self::Disposition => "discharge_disposition_code",
            Self::FacilityCcn => "facility_ccn",
            Self::FacilityName => "facility_name",
            Self::FacilityNpi => "facility_npi",
            Self::AttendingNpi => "attending_provider_npi",
            Self::AttendingName => "attending_provider_name",
            Self::Diagnosis => "diagnosis_codes",
            Self::DiagnosisType => "diagnosis_code_type",
            Self::Drg => "ms_drg_code",
            Self::Payer => "payer",
            Self::PayerType => "payer_type",
            Self::Charge => "charge_amount",
            Self::Weight => "weight_kg",
            Self::Operation => "operation",
        }
    }
}
