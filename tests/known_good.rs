//! What is known of real releases, on small files of the same layouts: every one loads without a change of code, and
//! what a spreadsheet damaged comes out as it went in.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{DAC, DAC_HEADER, Place, clinician, dac};

const HEADER_2021: &str = "NPI, Ind_PAC_ID, Ind_enrl_ID, lst_nm, frst_nm, mid_nm, suff, gndr, Cred, Med_sch, Grd_yr, pri_spec, sec_spec_1, sec_spec_2, sec_spec_3, sec_spec_4, sec_spec_all, org_nm, org_pac_id, num_org_mem, adr_ln_1, adr_ln_2, ln_2_sprs, cty, st, zip, phn_numbr, hosp_afl_1, hosp_afl_lbn_1, hosp_afl_2, hosp_afl_lbn_2, hosp_afl_3, hosp_afl_lbn_3, hosp_afl_4, hosp_afl_lbn_4, hosp_afl_5, hosp_afl_lbn_5, ind_assgn, grp_assgn, adrs_id";
const HEADER_2017: &str = "NPI,PAC ID,Professional Enrollment ID,Last Name,First Name,Middle Name,Suffix,Gender,Credential,Medical school name,Graduation year,Primary specialty,Secondary specialty 1,Secondary specialty 2,Secondary specialty 3,Secondary specialty 4,All secondary specialties,Organization legal name,Group Practice PAC ID,Number of Group Practice members,Line 1 Street Address,Line 2 Street Address,Marker of address line 2 suppression,City,State,Zip Code,Phone Number,Hospital affiliation CCN 1,Hospital affiliation LBN 1,Hospital affiliation CCN 2,Hospital affiliation LBN 2,Hospital affiliation CCN 3,Hospital affiliation LBN 3,Hospital affiliation CCN 4,Hospital affiliation LBN 4,Hospital affiliation CCN 5,Hospital affiliation LBN 5,Professional accepts Medicare Assignment,Reported Quality Measures,Used electronic health records,Participated in the Medicare Maintenance of Certification Program.,Committed to heart health through the Million Hearts® initiative.";
/// Where telehealth, the hospitals and the last three columns stand in the row of 2026.
const TELEHEALTH: usize = 17;
const AFTER_PHONE: usize = 28;

const HOSPITAL_HEADER: &str =
    "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Telephone Number,Hospital Type";

/// Returns what is published of a clinician file, or of its columns that every layout has.
fn clinicians(text: &str) -> Vec<String> {
    let place = Place::new();
    place.write(DAC, text);
    place.run_clinicians(&[]).published();
    let columns = "npi, pac_id, enrollment_id, enrollment_date, years_enrolled, last_name, first_name, middle_name, gender, \
                   credential_group, graduation_year, primary_specialty, practice_id, practice_name, group_members, \
                   address_line_1, city, zip, phone, accepts_assignment, state, source";
    place.query(&format!("select {columns} from clinicians order by npi"))
}

/// Writes the rows of 2026 in an older layout: without telehealth, with hospital affiliations, and another end.
fn older(header: &str, end: impl Fn(&[&str]) -> Vec<String>) -> String {
    let rows = (0..12).map(|n| {
        let row = clinician(n);
        let cells: Vec<&str> = row.split(',').collect();
        let mut older: Vec<String> = cells[..TELEHEALTH].iter().map(|cell| (*cell).to_owned()).collect();
        older.extend(cells[TELEHEALTH + 1..AFTER_PHONE].iter().map(|cell| (*cell).to_owned()));
        older.extend(vec![String::new(); 10]);
        older.extend(end(&cells[AFTER_PHONE..]));
        assert_eq!(older.len(), header.split(',').count());
        older.join(",")
    });
    std::iter::once(header.to_owned()).chain(rows).map(|line| line + "\n").collect()
}

#[test]
fn a_header_with_leading_spaces_gives_the_rows_of_one_without() {
    let expected = clinicians(&dac(12));
    assert_eq!(expected.len(), 12);
    let all = |end: &[&str]| end.iter().map(|cell| (*cell).to_owned()).collect();
    assert_eq!(clinicians(&older(HEADER_2021, all)), expected);
}

#[test]
fn the_header_names_of_2017_with_a_non_ascii_one_give_the_same_rows() {
    let accepts = |end: &[&str]| vec![end[0].to_owned(), String::new(), String::new(), String::new(), String::new()];
    assert_eq!(clinicians(&older(HEADER_2017, accepts)), clinicians(&dac(12)));
}

#[test]
fn a_byte_order_mark_and_line_ends_of_windows_change_no_row() {
    let text = format!("\u{feff}{}", dac(12).replace('\n', "\r\n"));
    assert_eq!(clinicians(&text), clinicians(&dac(12)));
}

#[test]
fn identifiers_that_a_spreadsheet_cut_give_the_rows_of_the_clean_file() {
    let rows = |text: &str| {
        let place = Place::new();
        place.write("input/Hospital_General_Information.csv", text);
        let feed = "hospitals/hospital_general_information";
        let ran = place.carelake(&["run", "--as-of", "2026-11-01", "--dataset", feed, "--json"]);
        assert_eq!(ran.code, Some(0), "{} {}", ran.stdout, ran.stderr);
        place.query("select facility_id, name, address, city, zip, county, phone, hospital_type, state from hospitals order by 1")
    };
    let clean = format!(
        "{HOSPITAL_HEADER}\n010001,FEN,1 LANE,DOTHAN,AL,36301,HOUSTON,(334) 793-8701,Acute\n\
         020017,ICE,3 RD,ANCHORAGE,AK,99508,ANCHORAGE,9075551212,Acute\n\
         01014F,RIDGE,5 HILL,TUSKEGEE,AL,36083,MACON,,Veterans\n\
         200009,COVE,2 ST,PORTLAND,ME,04102,CUMBERLAND,2075550101,Acute\n\
         310001,SHORE,4 ST,HACKENSACK,NJ,07601,BERGEN,2015550101,Acute\n"
    );
    let damaged = clean
        .replace("\n010001", "\n10001")
        .replace("\n020017", "\n20017")
        .replace("04102", "4102")
        .replace("07601", "7601");
    assert_ne!(damaged, clean);
    let expected = rows(&clean);
    assert!(expected[0].starts_with("010001,"), "{expected:?}");
    assert_eq!(expected.len(), 5);
    assert_eq!(rows(&damaged), expected);
}

#[test]
fn a_file_with_its_columns_cut_is_refused_and_each_missing_one_is_named() {
    let place = Place::new();
    let blank = ",,,,,,\n".repeat(50);
    let row = "1003005174,TAMSIN ALDERWICK,CARDIOLOGY,1 QUAY ST,PORTLAND,ME,41023134\n";
    place.write(DAC, format!("NPI,Provider Name,Primary Specialty,Address,City/Town,State,ZIP Code\n{row}{blank}"));
    let reason = place.run_clinicians(&[]).refused("SchemaDrift", 12);
    for wanted in ["enrollment_id (accepted: ind_enrl_id", "last_name (accepted: provider_last_name", "provider_name"] {
        assert!(reason.contains(wanted), "`{wanted}` is not in: {reason}");
    }
    assert!(!reason.contains("npi (") && !reason.contains("state ("), "{reason}");
}

#[test]
fn a_tail_of_blank_rows_is_left_out_and_counted() {
    let place = Place::new();
    let blank = ",".repeat(DAC_HEADER.split(',').count() - 1) + "\n";
    place.write(DAC, dac(12) + &blank.repeat(2_574));
    let report = place.run_clinicians(&[]).published()["report"].clone();
    let account = &report["sources"]["dac"]["account"];
    assert_eq!((&report["rows"], &account["filtered"]["blank_row"]), (&12.into(), &2_574.into()), "{account:#}");
}

#[test]
fn a_column_that_cms_renamed_is_mended_in_the_configuration() {
    let place = Place::new();
    place.write(DAC, dac(12).replace("Provider Last Name", "Provider Surname"));
    let reason = place.run_clinicians(&[]).refused("SchemaDrift", 12);
    assert!(reason.contains("nearest unknown: provider_surname"), "{reason}");
    place.configure("[provider_last_name, lst_nm", "[provider_surname, provider_last_name, lst_nm");
    place.run_clinicians(&[]).published();
    assert_eq!(place.query("select last_name from clinicians where last_name = 'LAST3'"), ["LAST3"]);
}
