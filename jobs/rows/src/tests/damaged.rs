//! Files that are cut, of another kind, or damaged.

use super::*;

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_cause() {
    let (folder, bytes) = (Folder::new(), parquet(&types(), 10, 10));
    folder.write("cut.parquet", &bytes[..bytes.len() / 2]);
    folder.write("begun.parquet", &bytes[..6]);
    folder.write("empty.parquet", b"");
    folder.write("text.parquet", b"id,name\n1,Ada\n2,Grace\n");
    folder.write("lied.parquet", &[&bytes[..bytes.len() - 8], &[0xff, 0xff, 0xff, 0x7f], b"PAR1"].concat());
    folder.write("locked.parquet", &[&bytes[..bytes.len() - 4], b"PARE"].concat());
    for (name, says) in [
        ("cut.parquet", "cut.parquet is cut"),
        ("begun.parquet", "begun.parquet is cut"),
        ("empty.parquet", "is not a Parquet file: it is empty"),
        ("text.parquet", "is not a Parquet file: it does not begin and end with PAR1"),
        ("lied.parquet", "lied.parquet is damaged"),
        ("locked.parquet", "its footer is encrypted"),
    ] {
        let error = folder.open(name).unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
        assert!(error.is_of_file() && error.kind().exit_code == 30, "{name}");
    }
    assert!(!folder.open("missing.parquet").unwrap_err().is_of_file());
    // Pages that are not what the footer says.
    let mut wrong = bytes.clone();
    wrong[4..400].fill(0xaa);
    folder.write("pages.parquet", &wrong);
    let error = folder.read("pages.parquet", &Wish::default()).unwrap_err();
    assert!(error.is_of_file(), "{error}");
    // A file that was cut when its footer was read already.
    folder.write("cut.parquet", &bytes);
    let opened = folder.open("cut.parquet").unwrap();
    folder.write("cut.parquet", &bytes[..20]);
    let (store, fetched) = (folder.store(), Fetched::default());
    let mut rows = opened.rows(&store, &Wish::default(), &fetched).unwrap();
    let error = rows.next().unwrap().unwrap_err();
    assert!(error.is_of_file() && rows.next().is_none(), "{error}");
}

#[test]
fn no_byte_that_is_wrong_ends_the_process() {
    let (folder, bytes) = (Folder::new(), parquet(&types(), 2, 1));
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(3) {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x55;
        folder.write("wrong.parquet", &wrong);
        for wish in [Wish::default(), wish(&[], "n > 0 and price != 7")] {
            match folder.read("wrong.parquet", &wish) {
                // Another value is nothing that a file tells.
                Ok(_) | Err(RowsError::Literal { .. }) => {}
                Err(error) => {
                    assert!(error.is_of_file(), "byte {at}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
}
