//! What the integration tests share: a folder to run the command in, and clinician files made by hand.

pub mod archives;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The clinician file, below the folder of the test.
pub const DAC: &str = "input/DAC_NationalDownloadableFile.csv";
/// The header of the clinician file, as CMS writes it in 2026.
pub const DAC_HEADER: &str = "NPI,Ind_PAC_ID,Ind_enrl_ID,Provider Last Name,Provider First Name,Provider Middle Name,suff,gndr,Cred,Med_sch,Grd_yr,pri_spec,sec_spec_1,sec_spec_2,sec_spec_3,sec_spec_4,sec_spec_all,Telehlth,Facility Name,org_pac_id,num_org_mem,adr_ln_1,adr_ln_2,ln_2_sprs,City/Town,State,ZIP Code,Telephone Number,ind_assgn,grp_assgn,adrs_id";

/// A folder with the shipped configuration, where input and output have their usual places.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// Makes the folder.
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write("pipeline_config.yaml", include_str!("../../pipeline_config.yaml"));
        place
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Replaces a text of the configuration, wherever it stands.
    pub fn configure(&self, from: &str, to: &str) {
        let path = self.path().join("pipeline_config.yaml");
        let config = fs::read_to_string(&path).unwrap();
        assert!(config.contains(from), "not in the configuration: {from}");
        fs::write(path, config.replace(from, to)).unwrap();
    }

    /// Returns the command with its arguments, not started. The as-of dates of tests are fixed and the clock is not, so that
    /// they are accepted, whatever they are.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.as_typed(arguments);
        if arguments.first().is_some_and(|verb| ["run", "rerun"].contains(verb)) {
            command.arg("--accept-as-of");
        }
        command
    }

    /// Returns the command with these arguments and no other, not started.
    pub fn as_typed(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_carelake"));
        for name in ["CARELAKE_CONFIG", "CARELAKE_ENV", "CARELAKE_INPUT", "CARELAKE_OUTPUT", "CARELAKE_TENANT"] {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs the command to its end.
    pub fn carelake(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs `clinicians` alone as of 2026-11-01, with further arguments.
    pub fn run_clinicians(&self, arguments: &[&str]) -> Ran {
        let run = ["run", "--as-of", "2026-11-01", "--dataset", "clinicians", "--json"];
        self.carelake(&[&run, arguments].concat())
    }

    /// Asks what is published; answers the CSV without its header.
    pub fn query(&self, sql: &str) -> Vec<String> {
        let ran = self.carelake(&["query", "--csv", sql]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout.lines().skip(1).map(str::to_owned).collect()
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside that.
    pub stderr: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Reads what it printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {} {}", self.stdout, self.stderr))
    }

    /// Returns what the run report says of `clinicians`.
    pub fn clinicians(&self) -> Value {
        let report = self.json();
        let all = report["publications"].as_array().unwrap();
        all.iter().find(|outcome| outcome["publication"] == "clinicians").unwrap().clone()
    }

    /// Checks that it published, and returns what the run report says of `clinicians`.
    pub fn published(&self) -> Value {
        let outcome = self.clinicians();
        assert_eq!((self.code, &outcome["status"]), (Some(0), &"published".into()), "{outcome:#}");
        outcome
    }

    /// Checks that `clinicians` failed with this error and exit code, and returns the reason.
    pub fn refused(&self, error: &str, code: i32) -> String {
        let outcome = self.clinicians();
        assert_eq!((self.code, &outcome["error"]), (Some(code), &error.into()), "{outcome:#}");
        outcome["reason"].as_str().unwrap().to_owned()
    }
}

/// Returns the `n`th valid NPI.
pub fn npi(n: u32) -> String {
    let digits = format!("1{n:08}");
    let doubled = digits.bytes().rev().enumerate().map(|(place, byte)| {
        let digit = u32::from(byte - b'0') << u32::from(place % 2 == 0);
        digit / 10 + digit % 10
    });
    // 24 is what the prefix 80840 adds.
    let check = (10 - (24 + doubled.sum::<u32>()) % 10) % 10;
    format!("{digits}{check}")
}

/// Returns the `n`th clinician as a row of the clinician file: valid, and different from every other.
pub fn clinician(n: u32) -> String {
    format!(
        "{npi},{pac_id:010},I20100315{n:06},LAST{n},FIRST,Q,,F,MD,OTHER,1998,CARDIOLOGY,,,,,,Y,HARBOUR GROUP,4200000001,12,\
         {n} QUAY STREET,,,PORTLAND,ME,041011234,2075550101,Y,M,ME{n}",
        npi = npi(n),
        pac_id = 7_000_000_000_u64 + u64::from(n),
    )
}

/// Returns a clinician file with these many rows.
pub fn dac(rows: u32) -> String {
    let rows = (0..rows).map(clinician);
    std::iter::once(DAC_HEADER.to_owned()).chain(rows).map(|line| line + "\n").collect()
}
