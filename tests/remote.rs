//! `read` of buckets, through the real command and an emulator of AWS. Passed over, aloud, where none is installed.

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
