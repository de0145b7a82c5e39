//! The words a sample is made of. Names of people, places and organizations are put together from invented syllables and words;
//! specialties, provider types, credentials and reasons are the terms CMS uses.

/// First syllables of surnames.
pub(super) const NAME_HEADS: [&str; 24] = [
    "ZAB", "VELL", "QUOR", "DRIM", "FENN", "GLOV", "HESK", "IX", "JORB", "KRIV", "LOMP", "MURV", "NISK", "OTV", "PRAX",
    "RULM", "SKEV", "THRIN", "ULB", "VORN", "WEX", "YILD", "ZOLT", "BRUM",
];
/// Middle syllables of surnames.
pub(super) const NAME_MIDS: [&str; 12] = ["A", "E", "I", "O", "U", "AN", "EL", "IM", "OR", "UD", "AX", "IV"];
/// Last syllables of surnames.
pub(super) const NAME_TAILS: [&str; 20] = [
    "BAX", "DOVE", "FELT", "GRIM", "HOLT", "JUNE", "KETTLE", "LORN", "MIRE", "NOX", "PLUM", "QUIST", "RASK", "SPOON",
    "TAV", "VANE", "WICK", "YORE", "ZANE", "THIMBLE",
];
/// Given names. Some have letters beyond ASCII, as some in the real files have.
pub(super) const FIRST_NAMES: [&str; 36] = [
    "ABREN",
    "BELWYN",
    "CORVIA",
    "DEXIL",
    "ELOWIN",
    "FARRO",
    "GISKA",
    "HALVO",
    "ILVANE",
    "JUNIVER",
    "KESTRA",
    "LUMO",
    "MIRABEX",
    "NOVELL",
    "ORSINE",
    "PELLO",
    "QUILLA",
    "RONDAR",
    "SILVEX",
    "TAMSOR",
    "UVANNA",
    "VIXA-LEE",
    "WESTRO",
    "XANDIS",
    "YOLVA",
    "ZEPHRA",
    "ZÉLINO",
    "RENÓVA",
    "BÉATRUNE",
    "CASSIVO",
    "DORVÉN",
    "MUÑIRA",
    "THESSALO",
    "OBERVANE",
    "PRIMELLO",
    "SOLANEX",
];
/// Suffixes of names.
pub(super) const SUFFIXES: [&str; 5] = ["JR.", "III", "II", "SR.", "IV"];
/// First parts of the names of cities, schools and organizations.
pub(super) const TOWN_HEADS: [&str; 28] = [
    "BRINDLE", "CINDER", "DAPPLE", "EMBER", "FABLE", "GOSSAMER", "HAZEL", "INKWELL", "JUBILEE", "KINDLE", "LANTERN",
    "MARBLE", "NUTMEG", "OPAL", "PEBBLE", "QUARTZ", "RUSTLE", "SADDLE", "TINDER", "UMBER", "VELVET", "WHISTLE",
    "YARROW", "ZEPHYR", "BRAMBLE", "COPPER", "DRIZZLE", "FERN",
];
/// Last parts of the names of cities.
pub(super) const TOWN_TAILS: [&str; 14] = [
    "MOOR",
    " FALLS",
    "WATCH",
    "BOROUGH",
    " HOLLOW",
    "GATE",
    "REACH",
    "STEAD",
    " CROSSING",
    "MERE",
    "BANK",
    "FOLD",
    "COMBE",
    "TON",
];
/// Names of streets.
pub(super) const STREETS: [&str; 20] = [
    "ACORN",
    "BELLWETHER",
    "CARTWHEEL",
    "DOVETAIL",
    "EGRET",
    "FOXTROT",
    "GINGHAM",
    "HOPSCOTCH",
    "N IVORY",
    "JIGSAW",
    "KITE",
    "LULLABY",
    "S MEDLEY",
    "NOCTURNE",
    "OLD OTTER",
    "PADDOCK",
    "QUIVER",
    "W 5TH",
    "E 16TH",
    "MEDICAL CENTER",
];
/// Kinds of streets.
pub(super) const STREET_TYPES: [&str; 10] = ["ST", "AVE", "RD", "DR", "BLVD", "LN", "WAY", "PKWY", "HWY", "CIR"];
/// Words for a part of a building.
pub(super) const SUITES: [&str; 5] = ["SUITE", "STE", "UNIT", "FLOOR", "ROOM"];

/// Specialties with their CMS codes, the frequent ones first.
///
/// # Source
/// CMS, "Medicare Provider and Supplier Taxonomy Crosswalk" (specialty codes).
pub(super) const SPECIALTIES: [(&str, &str); 38] = [
    ("50", "NURSE PRACTITIONER"),
    ("97", "PHYSICIAN ASSISTANT"),
    ("11", "INTERNAL MEDICINE"),
    ("65", "PHYSICAL THERAPIST IN PRIVATE PRACTICE"),
    ("08", "FAMILY PRACTICE"),
    ("80", "CLINICAL SOCIAL WORKER"),
    ("43", "CERTIFIED REGISTERED NURSE ANESTHETIST (CRNA)"),
    ("93", "EMERGENCY MEDICINE"),
    ("05", "ANESTHESIOLOGY"),
    ("30", "DIAGNOSTIC RADIOLOGY"),
    ("41", "OPTOMETRY"),
    ("16", "OBSTETRICS/GYNECOLOGY"),
    ("35", "CHIROPRACTIC"),
    ("68", "CLINICAL PSYCHOLOGIST"),
    ("26", "PSYCHIATRY"),
    ("C6", "HOSPITALIST"),
    ("06", "CARDIOVASCULAR DISEASE (CARDIOLOGY)"),
    ("20", "ORTHOPEDIC SURGERY"),
    ("02", "GENERAL SURGERY"),
    ("37", "PEDIATRIC MEDICINE"),
    ("13", "NEUROLOGY"),
    ("18", "OPHTHALMOLOGY"),
    ("22", "PATHOLOGY"),
    ("10", "GASTROENTEROLOGY"),
    ("07", "DERMATOLOGY"),
    ("48", "PODIATRY"),
    ("67", "OCCUPATIONAL THERAPIST IN PRIVATE PRACTICE"),
    ("83", "HEMATOLOGY/ONCOLOGY"),
    ("29", "PULMONARY DISEASE"),
    ("34", "UROLOGY"),
    ("39", "NEPHROLOGY"),
    ("04", "OTOLARYNGOLOGY"),
    ("25", "PHYSICAL MEDICINE AND REHABILITATION"),
    ("44", "INFECTIOUS DISEASE"),
    ("46", "ENDOCRINOLOGY"),
    ("66", "RHEUMATOLOGY"),
    ("14", "NEUROSURGERY"),
    ("24", "PLASTIC AND RECONSTRUCTIVE SURGERY"),
];
/// Credentials as clinicians state them, the frequent ones first.
pub(super) const CREDENTIALS: [&str; 20] = [
    "MD", "NP", "PA", "DO", "PT", "LCSW", "DC", "OD", "CRNA", "PSY", "DPM", "DDS", "CNM", "CNS", "OT", "RN", "APRN",
    "AA", "LPN", "DMD",
];
/// What a medical school is called after its place.
pub(super) const SCHOOLS: [&str; 5] = [
    "UNIVERSITY SCHOOL OF MEDICINE",
    "STATE UNIVERSITY, COLLEGE OF MEDICINE",
    "COLLEGE OF OSTEOPATHIC MEDICINE",
    "UNIVERSITY, SCHOOL OF NURSING",
    "COLLEGE OF CHIROPRACTIC",
];
/// What a group practice does.
pub(super) const GROUP_KINDS: [&str; 14] = [
    "MEDICAL GROUP",
    "PHYSICIANS",
    "CLINIC",
    "FAMILY MEDICINE",
    "ASSOCIATES",
    "HEALTH SYSTEM",
    "PHYSICAL THERAPY",
    "EYE CARE",
    "CARDIOLOGY CONSULTANTS",
    "ORTHOPAEDICS AND SPORTS MEDICINE",
    "ANESTHESIA SERVICES",
    "RADIOLOGY",
    "COMMUNITY HEALTH CENTER",
    "BEHAVIORAL HEALTH",
];
/// Legal forms as they end a name; some with a comma.
pub(super) const LEGAL_FORMS: [&str; 10] =
    [" LLC", " INC", " PC", ", INC", " PA", ", P.A.", ", LLC", " PLLC", ", P.C.", " CORPORATION"];
/// The provider type of group practices: code and description.
pub(super) const GROUP_TYPE: (&str, &str) = ("12-70", "PART B SUPPLIER - CLINIC/GROUP PRACTICE");
/// Provider types of other organizations, the frequent ones first.
pub(super) const ORGANIZATION_TYPES: [(&str, &str); 9] = [
    GROUP_TYPE,
    ("30-A5", "DME SUPPLIER - PHARMACY"),
    ("12-69", "PART B SUPPLIER - CLINICAL LABORATORY"),
    ("00-06", "PART A PROVIDER - HOME HEALTH AGENCY"),
    ("00-18", "PART A PROVIDER - SKILLED NURSING FACILITY"),
    ("12-59", "PART B SUPPLIER - AMBULANCE SERVICE SUPPLIER"),
    ("00-09", "PART A PROVIDER - HOSPITAL"),
    ("00-08", "PART A PROVIDER - HOSPICE"),
    ("12-49", "PART B SUPPLIER - AMBULATORY SURGICAL CENTER"),
];
/// Reasons for which an enrollment is revoked: paragraphs of 42 CFR 424.535.
pub(super) const REVOCATION_REASONS: [&str; 5] = [
    "424.535(a)(1) NONCOMPLIANCE",
    "424.535(a)(3) FELONIES",
    "424.535(a)(5) ON-SITE REVIEW",
    "424.535(a)(8) ABUSE OF BILLING PRIVILEGES",
    "424.535(a)(9) FAILURE TO REPORT; 424.535(a)(1) NONCOMPLIANCE",
];
/// Who owns a hospital.
pub(super) const HOSPITAL_OWNERS: [&str; 6] = [
    "Voluntary non-profit - Private",
    "Proprietary",
    "Government - Hospital District or Authority",
    "Government - Local",
    "Voluntary non-profit - Church",
    "Government - State",
];
