//! `read` of buckets and `lookup` of tables, through the real command and an emulator of AWS. Passed over, aloud, where none is installed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::items::Moto;
use crate::support::{DAC, Place, Ran, dac, npi};
use serde_json::json;

/// Puts a bucket, or an object into it.
fn put(moto: &Moto, path: &str, body: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", moto.port)).unwrap();
    let head = format!(
        "PUT /{path} HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{path}: {answer}");
}

fn carelake(place: &Place, moto: &Moto, arguments: &[&str]) -> Ran {
    let mut command = place.command(arguments);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", moto.port)).envs([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let ran = Ran::of(&mut command);
    assert!(!ran.stdout.contains("MARKER") && !ran.stderr.contains("MARKER"), "{}{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn rows_of_a_bucket_are_read_by_ranges() {
    let Some(moto) = Moto::start() else { return };
    let place = Place::new();
    place.write(DAC, dac(60));
    place.run_clinicians(&[]).published();
    let file = place.path().join("output/clinicians/current/state=ME/source=dac/part-00000.snappy.parquet");
    let bytes = fs::read(file).unwrap();
    put(&moto, "partner", b"");
    put(&moto, "partner/tables/people/state=ME/part.parquet", &bytes);
    put(&moto, "partner/tables/people/state=NH/part.parquet", &bytes);
    put(&moto, "partner/tables/people/state=VT/cut.parquet", &bytes[..100]);
    let condition = format!("npi = '{}' and state != 'NH'", npi(7));
    let arguments = ["--columns", "npi,state", "--where", &condition];
    let expected = format!("{{\"npi\":\"{}\",\"state\":\"ME\"}}\n", npi(7));
    let folder = ["read", "s3://partner/tables/people/", "--keep-going"];
    let ran = carelake(&place, &moto, &[&folder, &arguments[..]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(30), expected.as_str()), "{}", ran.stderr);
    assert!(ran.stderr.contains("s3://partner/tables/people/state=VT/cut.parquet is cut"), "{}", ran.stderr);
    let object = ["read", "s3://partner/tables/people/state=ME/part.parquet", "--limit", "3", "--json"];
    let answer = carelake(&place, &moto, &object).json();
    assert_eq!((&answer["shown"], &answer["rows"][0]["npi"]), (&json!(3), &json!(npi(0))));
    for (place_of, code) in [("s3://partner/tables/nobody", 11), ("s3://partner/tables/people/no.parquet", 16)] {
        let ran = carelake(&place, &moto, &["read", place_of]);
        assert_eq!(ran.code, Some(code), "{place_of}: {}", ran.stderr);
    }
}

#[test]
fn rows_of_a_table_are_looked_up() {
    let Some(moto) = Moto::start() else { return };
    moto.table("visits");
    for n in 0..3 {
        moto.put(
            "visits",
            json!({"pk": {"S": "MARKER"}, "n": {"N": format!("{n}.0")}, "site": {"S": format!("site-{n}")}}),
        );
    }
    let place = Place::new();
    let config = fs::read_to_string(place.path().join("pipeline_config.yaml")).unwrap();
    let section = "lookups:\n  visits: { table: visits, region: us-east-1, key: [pk, { name: n, type: number }] }\n";
    place.write("pipeline_config.yaml", format!("{config}\n{section}"));
    place.write(
        "keys.jsonl",
        "[\"MARKER\", 2]\n[\"MARKER\", 7]\n[\"MARKER\", 2.00]\n{\"n\": \"0\", \"pk\": \"MARKER\"}\n",
    );
    let ask = ["lookup", "visits", "--keys", "keys.jsonl", "--columns", "site", "--consistent"];
    let ran = carelake(&place, &moto, &ask);
    let site = |n: u8| format!("{{\"site\":\"site-{n}\"}}\n");
    assert_eq!((ran.code, ran.stdout), (Some(0), format!("{}null\n{}{}", site(2), site(2), site(0))), "{}", ran.stderr);
    assert!(ran.stderr.contains("4 keys, 3 of them different; 1 without a row; 1 requests"), "{}", ran.stderr);
    place.write("keys.jsonl", "[\"MARKER\", \"seven\"]\n");
    let ran = carelake(&place, &moto, &ask);
    assert!(ran.code == Some(2) && ran.stderr.contains("line 1 is no key of pk (text), n (number)"), "{}", ran.stderr);
}
