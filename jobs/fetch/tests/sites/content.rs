//! The releases: what the sites say of them, and the bytes of their files.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Fault;

/// The name of the clinician file in the input place, in October 2026.
pub const DAC: &str = "DAC_NationalDownloadableFile_2026.10.18.csv";
/// The name of the file of reassignments there.
pub const REASSIGNMENTS: &str = "PPEF_Reassignment_Extract_2026.10.01.csv";
const UUID: &str = "2457ea29-fc82-48b0-86ec-3b0755de7515";
const DAC_HEADER: &str = "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,State,ZIP Code,adrs_id";
const HOSPITAL_HEADER: &str =
    "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Telephone Number";
/// The files of the enrollments: how they are called, how their names begin, their headers.
const PPEF: [(&str, &str, &str); 2] = [
    (
        "Medicare Fee-For-Service Public Provider Enrollment",
        "PPEF_Enrollment_Extract",
        "NPI,ENRLMT_ID,PROVIDER_TYPE_CD,STATE_CD",
    ),
    ("Reassignment Sub-File", "PPEF_Reassignment_Extract", "REASGN_BNFT_ENRLMT_ID,RCV_BNFT_ENRLMT_ID"),
];
/// Enough rows that half of them fill several pieces.
const ROWS: usize = 20_000;

/// Returns the bytes of a file of a release.
pub fn file(path: &str, month: &str, fault: Option<Fault>) -> Option<Vec<u8>> {
    let name = path.rsplit('/').next().unwrap();
    let is_current = path.contains(&format!("/{month}/")) || path.starts_with("/nppes/");
    let month = if fault == Some(Fault::Changed) { format!("{month}c") } else { month.to_owned() };
    if name.starts_with("NPPES_Data") {
        return Some(archive(name, &month));
    }
    let header = match name {
        "DAC_NationalDownloadableFile.csv" => DAC_HEADER,
        "Hospital_General_Information.csv" => HOSPITAL_HEADER,
        _ => PPEF.iter().find(|(_, stem, _)| name.starts_with(stem)).map(|(.., header)| *header)?,
    };
    if !is_current {
        return None;
    }
    let header = if fault == Some(Fault::Drift) { header.replacen("State", "Stat", 1) } else { header.to_owned() };
    let rows = if fault == Some(Fault::Shrunken) { ROWS / 10 } else { ROWS };
    let mut text = format!("{header}\n");
    let blanks = ",x".repeat(header.matches(',').count());
    for row in 0..rows {
        text.push_str(&format!("I{month}{row:06}{blanks}\n"));
    }
    let mut bytes = text.into_bytes();
    if fault == Some(Fault::Short) {
        bytes.truncate(bytes.len() - 500);
    }
    Some(bytes)
}

/// Returns an archive of NPPES: a month has the time since 2005, a week its own.
fn archive(name: &str, month: &str) -> Vec<u8> {
    let time = if name.contains("Weekly") { "20261012-20261018" } else { "20050523-20261011" };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for member in [
        format!("othername_pfile_{time}.csv"),
        format!("npidata_pfile_{time}_fileheader.csv"),
        format!("npidata_pfile_{time}.csv"),
    ] {
        zip.start_file(member, SimpleFileOptions::default()).unwrap();
        write!(zip, "\"NPI\",\"Entity Type Code\"\n\"1234567893\",\"{month}\"\n").unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Returns what a site says of releases.
pub fn listing(path: &str, base: &str, month: &str, is_nested: bool) -> Option<Vec<u8>> {
    let (folder, name) = path.rsplit_once('/')?;
    let told = match (folder, name) {
        ("/provider-data/api/1/metastore/schemas/dataset/items", id) => dataset(id, base, month, is_nested)?,
        ("", "data.json") => catalog(base, month),
        ("/data-api/v1/dataset-resources", _) => resources(base, month),
        _ => return None,
    };
    Some(serde_json::to_vec(&told).unwrap())
}

fn dataset(id: &str, base: &str, month: &str, is_nested: bool) -> Option<Value> {
    let name = match id {
        "mj5m-pzi6" => "DAC_NationalDownloadableFile.csv",
        "xubh-q36u" => "Hospital_General_Information.csv",
        _ => return None,
    };
    let flat = json!({"downloadURL": format!("{base}/provider-data/sites/default/files/{month}/{name}"), "mediaType": "text/csv"});
    let file = if is_nested { json!({"identifier": "0b0e6d4b", "data": flat}) } else { flat };
    Some(json!({
        "identifier": id, "modified": format!("{month}-13"), "released": format!("{month}-18"), "nextUpdateDate": format!("{month}-28"),
        "distribution": [file],
    }))
}

fn catalog(base: &str, month: &str) -> Value {
    let day = format!("{}.01", month.replace('-', "."));
    json!({"dataset": [{
        "title": PPEF[0].0, "identifier": format!("{base}/data-api/v1/dataset/{UUID}/data-viewer"), "accrualPeriodicity": "R/P3M",
        "distribution": [
            {"temporal": "2025-01-01/2025-03-31", "modified": "2026-12-01", "mediaType": "text/csv", "downloadURL": format!("{base}/files/old/PPEF_Enrollment_Extract_2025.01.01.csv"), "resourcesAPI": format!("{base}/data-api/v1/dataset-resources/old")},
            {"temporal": format!("{month}-01/2026-12-31"), "modified": format!("{month}-15"), "format": "API", "resourcesAPI": format!("{base}/data-api/v1/dataset-resources/{UUID}")},
            {"temporal": format!("{month}-01/2026-12-31"), "modified": format!("{month}-15"), "mediaType": "text/csv", "downloadURL": format!("{base}/files/{month}/PPEF_Enrollment_Extract_{day}.csv"), "resourcesAPI": format!("{base}/data-api/v1/dataset-resources/{UUID}")},
        ],
    }]})
}

fn resources(base: &str, month: &str) -> Value {
    let day = format!("{}.01", month.replace('-', "."));
    let files: Vec<Value> = PPEF
        .iter()
        .map(|(called, stem, _)| {
            let path = format!("/files/{month}/{stem}_{day}.csv");
            json!({"name": called, "fileSize": file(&path, month, None).unwrap().len(), "downloadURL": format!("{base}{path}")})
        })
        .collect();
    json!({"meta": {"total": files.len()}, "data": files})
}

/// Returns the page that lists the files of NPPES.
pub fn page(month: &str) -> String {
    let name = if month.ends_with("-11") { "November" } else { "October" };
    format!(
        "<html><body><a href='./NPPES_Data_Dissemination_{name}_2026_V2.zip'>month</a><a href=\"./NPPES_Data_Dissemination_101226_101826_Weekly_V2.zip\">week</a><a href='./NPPES_Deactivated_NPI_Report_101226_V2.zip'>gone</a></body></html>"
    )
}
