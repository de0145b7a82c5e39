//! The names of FHIR: resources, data types, and elements that may be of several types.

use crate::nearest::nearest;

/// Resources of R4, R4B and R5, in the order of their names; those that none can be made of are left out. Source: `StructureDefinition`s of
/// the three versions.
#[rustfmt::skip]
const RESOURCES: [&str; 178] = [
    "Account", "ActivityDefinition", "ActorDefinition", "AdministrableProductDefinition", "AdverseEvent", "AllergyIntolerance",
    "Appointment", "AppointmentResponse", "ArtifactAssessment", "AuditEvent", "Basic", "Binary", "BiologicallyDerivedProduct",
    "BiologicallyDerivedProductDispense", "BodyStructure", "Bundle", "CapabilityStatement", "CarePlan", "CareTeam",
    "CatalogEntry", "ChargeItem", "ChargeItemDefinition", "Citation", "Claim", "ClaimResponse", "ClinicalImpression",
    "ClinicalUseDefinition", "CodeSystem", "Communication", "CommunicationRequest", "CompartmentDefinition", "Composition",
    "ConceptMap", "Condition", "ConditionDefinition", "Consent", "Contract", "Coverage", "CoverageEligibilityRequest",
    "CoverageEligibilityResponse", "DetectedIssue", "Device", "DeviceAssociation", "DeviceDefinition", "DeviceDispense",
    "DeviceMetric", "DeviceRequest", "DeviceUsage", "DeviceUseStatement", "DiagnosticReport", "DocumentManifest",
    "DocumentReference", "EffectEvidenceSynthesis", "Encounter", "EncounterHistory", "Endpoint", "EnrollmentRequest",
    "EnrollmentResponse", "EpisodeOfCare", "EventDefinition", "Evidence", "EvidenceReport", "EvidenceVariable", "ExampleScenario",
    "ExplanationOfBenefit", "FamilyMemberHistory", "Flag", "FormularyItem", "GenomicStudy", "Goal", "GraphDefinition", "Group",
    "GuidanceResponse", "HealthcareService", "ImagingSelection", "ImagingStudy", "Immunization", "ImmunizationEvaluation",
    "ImmunizationRecommendation", "ImplementationGuide", "Ingredient", "InsurancePlan", "InventoryItem", "InventoryReport",
    "Invoice", "Library", "Linkage", "List", "Location", "ManufacturedItemDefinition", "Measure", "MeasureReport", "Media",
    "Medication", "MedicationAdministration", "MedicationDispense", "MedicationKnowledge", "MedicationRequest",
    "MedicationStatement", "MedicinalProduct", "MedicinalProductAuthorization", "MedicinalProductContraindication",
    "MedicinalProductDefinition", "MedicinalProductIndication", "MedicinalProductIngredient", "MedicinalProductInteraction",
    "MedicinalProductManufactured", "MedicinalProductPackaged", "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect", "MessageDefinition", "MessageHeader", "MolecularSequence", "NamingSystem",
    "NutritionIntake", "NutritionOrder", "NutritionProduct", "Observation", "ObservationDefinition", "OperationDefinition",
    "OperationOutcome", "Organization", "OrganizationAffiliation", "PackagedProductDefinition", "Parameters", "Patient",
    "PaymentNotice", "PaymentReconciliation", "Permission", "Person", "PlanDefinition", "Practitioner", "PractitionerRole",
    "Procedure", "Provenance", "Questionnaire", "QuestionnaireResponse", "RegulatedAuthorization", "RelatedPerson",
    "RequestGroup", "RequestOrchestration", "Requirements", "ResearchDefinition", "ResearchElementDefinition", "ResearchStudy",
    "ResearchSubject", "RiskAssessment", "RiskEvidenceSynthesis", "Schedule", "SearchParameter", "ServiceRequest", "Slot",
    "Specimen", "SpecimenDefinition", "StructureDefinition", "StructureMap", "Subscription", "SubscriptionStatus",
    "SubscriptionTopic", "Substance", "SubstanceDefinition", "SubstanceNucleicAcid", "SubstancePolymer", "SubstanceProtein",
    "SubstanceReferenceInformation", "SubstanceSourceMaterial", "SubstanceSpecification", "SupplyDelivery", "SupplyRequest",
    "Task", "TerminologyCapabilities", "TestPlan", "TestReport", "TestScript", "Transport", "ValueSet", "VerificationResult",
    "VisionPrescription",
];

/// Types that are one value of JSON.
#[rustfmt::skip]
const PRIMITIVES: [&str; 21] = [
    "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "integer64",
    "markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml",
];

/// Types that are an object.
#[rustfmt::skip]
const COMPLEX: [&str; 47] = [
    "Address", "Age", "Annotation", "Attachment", "Availability", "BackboneElement", "BackboneType", "CodeableConcept",
    "CodeableReference", "Coding", "ContactDetail", "ContactPoint", "Contributor", "Count", "DataRequirement", "Distance",
    "Dosage", "Duration", "Element", "ElementDefinition", "Expression", "ExtendedContactDetail", "Extension", "HumanName",
    "Identifier", "MarketingStatus", "Meta", "MonetaryComponent", "Money", "Narrative", "ParameterDefinition", "Period",
    "Population", "ProdCharacteristic", "ProductShelfLife", "Quantity", "Range", "Ratio", "RatioRange", "Reference",
    "RelatedArtifact", "SampledData", "Signature", "Timing", "TriggerDefinition", "UsageContext", "VirtualServiceDetail",
];

/// Elements that may be of several types, and then carry its name behind theirs: `valueQuantity`.
#[rustfmt::skip]
const CHOICES: [&str; 105] = [
    "abatement", "actor", "additive", "address", "age", "allowed", "amount", "answer", "artifact", "asNeeded", "author", "born",
    "bounds", "characteristic", "chargeItem", "citeAs", "code", "collected", "concentration", "content", "cost", "coverage",
    "created", "date", "deceased", "defaultValue", "definition", "detail", "diagnosis", "done", "dose", "doseNumber", "due",
    "duration", "effective", "endpoint", "entity", "event", "example", "fastingStatus", "fixed", "generatedBy", "identified",
    "indication", "instance", "instances", "instantiates", "instruction", "item", "legallyBinding", "link", "location",
    "manufacturer", "maxValue", "measureScore", "medication", "minValue", "minimumVolume", "module", "multipleBirth", "name",
    "network", "occurence", "occurred", "occurrence", "offset", "onset", "participantEffective", "pattern", "performed", "period",
    "presentation", "probability", "procedure", "product", "quantity", "rate", "reported", "scheduled", "sequence", "seriesDoses",
    "serviced", "source", "sourceScope", "start", "statusReason", "strength", "structureProfile", "studyEffective", "subject",
    "substance", "substanceDefinition", "target", "targetItem", "targetScope", "time", "timing", "topic", "used", "value",
    "versionAlgorithm", "what", "when", "where", "why",
];

/// Elements that are a `date` wherever they stand, so that no time belongs to their boundaries.
#[rustfmt::skip]
const DATES: [&str; 8] = [
    "approvalDate", "birthDate", "excludingDate", "lastOccurrenceDate", "lastReviewDate", "lockedDate", "nextScheduled",
    "occurrenceDate",
];

/// What all resources are.
const ABSTRACT: [&str; 2] = ["Resource", "DomainResource"];

/// A data type: a primitive, an object, a resource, or unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Type(u16);

impl Type {
    /// The type of what nobody said.
    pub(crate) const UNKNOWN: Self = Self(u16::MAX);

    /// Finds a type by its name, which may have `FHIR.` or `System.` before it. Types of the system have those of FHIR as counterparts.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let name = match name.strip_prefix("System.").unwrap_or(name) {
            "Boolean" => "boolean",
            "String" => "string",
            "Integer" => "integer",
            "Decimal" => "decimal",
            "Date" => "date",
            "DateTime" => "dateTime",
            "Time" => "time",
            _ => name.strip_prefix("FHIR.").unwrap_or(name),
        };
        Self::names().position(|known| known == name).and_then(|at| u16::try_from(at).ok()).map(Self)
    }

    /// Returns the name that was meant.
    pub(crate) fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, Self::names())
    }

    fn names() -> impl Iterator<Item = &'static str> {
        PRIMITIVES.into_iter().chain(COMPLEX).chain(RESOURCES).chain(ABSTRACT)
    }

    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        let at = usize::from(self.0);
        let in_complex = at.wrapping_sub(PRIMITIVES.len());
        let in_resources = in_complex.wrapping_sub(COMPLEX.len());
        let found = PRIMITIVES.get(at).or_else(|| COMPLEX.get(in_complex)).or_else(|| RESOURCES.get(in_resources));
        found.or_else(|| ABSTRACT.get(in_resources.wrapping_sub(RESOURCES.len()))).copied().unwrap_or_default()
    }

    pub(crate) fn is_primitive(self) -> bool {
        usize::from(self.0) < PRIMITIVES.len()
    }

    /// Says whether it is a resource.
    pub(crate) fn is_resource(self) -> bool {
        self != Self::UNKNOWN && usize::from(self.0) >= PRIMITIVES.len() + COMPLEX.len()
    }

    /// Returns the types that an element may have, with their names as they stand behind its own: `valueQuantity`.
    pub(crate) fn suffixes() -> impl Iterator<Item = (Self, String)> {
        let types = PRIMITIVES.into_iter().chain(COMPLEX).zip(0..);
        types.map(|(name, number)| (Self(number), suffix(name)))
    }
}

/// Returns the name of a type as it stands behind that of an element.
pub(crate) fn suffix(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// Says whether an element may be of several types.
pub(crate) fn is_choice(element: &str) -> bool {
    CHOICES.binary_search(&element).is_ok()
}

/// Says whether an element is a `date` wherever it stands.
pub(crate) fn is_date(element: &str) -> bool {
    DATES.contains(&element)
}

/// Says whether a name is that of a resource of R4, R4B or R5.
///
/// ```
/// assert!(carelake_fhirpath::is_resource_type("Patient"));
/// assert!(!carelake_fhirpath::is_resource_type("patient"));
/// ```
#[must_use]
pub fn is_resource_type(name: &str) -> bool {
    RESOURCES.binary_search(&name).is_ok()
}

/// Returns the name of the resource that was meant.
#[must_use]
pub fn nearest_resource(name: &str) -> Option<&'static str> {
    nearest(name, RESOURCES)
}
