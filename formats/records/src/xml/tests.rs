//! What is read of XML files.

use proptest::prelude::*;

use crate::format::Xml;
use crate::limits::Limits;
use crate::malformed::Reason;
use crate::nested::shown::{Shown, Trickle, each, select, show, table};
use crate::wanted::WantedTable;

fn read(text: &[u8], record: &str, wanted: &[WantedTable]) -> Result<Shown, Reason> {
    let xml = Xml { record: record.to_owned() };
    show(wanted, |wanted, take| super::read(&mut &*text, &xml, wanted, &Limits::default(), take))
}

fn rows(text: &[u8], record: &str, sources: &[&str]) -> Vec<String> {
    read(text, record, &[table(sources)]).unwrap().rows.remove(0)
}

#[test]
fn records_are_elements_at_a_path() {
    let both = ["1: '1'", "2: '2'"];
    let cases: &[(&str, &str, &[&str])] = &[
        ("P", "<R><P><Id>1</Id></P><Q><Id>9</Id></Q><P><Id>2</Id></P></R>", &both),
        ("G/P", "<R><P><Id>9</Id></P><G><P><Id>1</Id></P></G><G><P><Id>2</Id></P></G></R>", &both),
        ("x:G/x:P", "<a:R xmlns:a='u'><a:G><a:P><a:Id>1</a:Id></a:P><P><b:Id>2</b:Id></P></a:G></a:R>", &both),
        (
            "P",
            "<?xml version='1.0'?><!-- a > b --><R>\n<P><!-- no --><Id>1</Id><?pi?></P>\n<P><Id>2</Id></P></R>\n<!-- end -->\n",
            &both,
        ),
        ("P", "<R><P><Id>1</Id><P><Id>9</Id></P></P><P><Id>2</Id></P></R>", &both),
        ("G/P", "<R><G/></R>", &[]),
        ("", "<R><Id>1</Id></R>", &["1: '1'"]),
        ("P", "<R/>", &[]),
        ("P", "", &[]),
        ("P", " \n", &[]),
    ];
    for (record, text, wanted) in cases {
        let shown =
            read(text.as_bytes(), record, &[table(&["Id"])]).unwrap_or_else(|reason| panic!("{text}: {reason}"));
        assert_eq!(shown.rows[0], *wanted, "{text}");
        assert_eq!(shown.reading.records, wanted.len() as u64, "{text}");
        assert_eq!(shown.reading.unpacked_bytes, text.len() as u64, "{text}");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let deep = format!("<R>{}{}</R>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let deep_record = format!("<R><P>{}{}</P></R>", "<a>".repeat(100), "</a>".repeat(100));
    let wide = format!("<R><P><Id>{}</Id></P></R>", "a".repeat((1 << 20) + 1));
    let wide_attribute = format!("<R><P id=\"{}\"/></R>", "a".repeat((1 << 20) + 1));
    let wide_parts = format!("<R><P><Id>{}</Id></P></R>", "a&amp;".repeat((1 << 19) + 1));
    let wide_comment = format!("<R><!--{}--></R>", "a".repeat(3 << 20));
    let many_attributes =
        format!("<R><P {}/></R>", (0..17_000).map(|index| format!("a{index}='' ")).collect::<String>());
    let cases: &[(&str, Reason)] = &[
        ("<!DOCTYPE R><R/>", Reason::Entity),
        ("<!DOCTYPE R [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><R>&x;</R>", Reason::Entity),
        ("<!DOCTYPE R [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p.dtd'> %p;]><R/>", Reason::Entity),
        ("<R><P><Id>&x;</Id></P></R>", Reason::Entity),
        ("<R><P id='&x;'/></R>", Reason::Entity),
        ("<R><P><Id>1</Id></P><P><Id>2", Reason::Truncated),
        ("<R><P><Id>1</Id></P>", Reason::Truncated),
        ("<R><P><Id>1</Id></P><P", Reason::Truncated),
        ("<R><P id='1", Reason::Truncated),
        ("<R><P><Id>a&am", Reason::Truncated),
        ("<R><!-- ", Reason::Truncated),
        ("<R><P><![CDATA[a", Reason::Truncated),
        ("<?xml version='1.0'", Reason::Truncated),
        ("<?xml version='1.0'?>\n", Reason::Truncated),
        ("<R><P></P", Reason::Truncated),
        ("<R><P></R>", Reason::NotTheFormat),
        ("<R></R></R>", Reason::NotTheFormat),
        ("<R><P></Q></P></R>", Reason::NotTheFormat),
        ("<R><P <Id></P></R>", Reason::NotTheFormat),
        ("<R><P>&amp</P></R>", Reason::NotTheFormat),
        ("<R/><R/>", Reason::NotTheFormat),
        ("<R/>text", Reason::NotTheFormat),
        ("text<R/>", Reason::NotTheFormat),
        ("<R><P><Id>a & b</Id></P></R>", Reason::NotTheFormat),
        ("<R><P><Id>&#0;</Id></P></R>", Reason::NotTheFormat),
        ("<R><P id=1/></R>", Reason::NotTheFormat),
        ("<!DOCTYPE html><html><body>Session expired</body></html>", Reason::NotTheFormat),
        ("id,name\n1,Ada\n", Reason::NotTheFormat),
        ("{\"id\":1}", Reason::NotTheFormat),
        ("<?xml version='1.0' encoding='nobody-knows'?><R/>", Reason::NotTheFormat),
        (&deep, Reason::TooDeep),
        (&deep_record, Reason::TooDeep),
        (&wide, Reason::TooWide),
        (&wide_attribute, Reason::TooWide),
        (&wide_parts, Reason::TooWide),
        (&wide_comment, Reason::TooWide),
        (&many_attributes, Reason::TooWide),
    ];
    for (text, reason) in cases {
        let told: String = text.chars().take(60).collect();
        assert_eq!(read(text.as_bytes(), "P", &[table(&["Id", "@id"])]).err(), Some(*reason), "{told}");
    }
    assert_eq!(read(b"<E><M>no</M></E>", "G/P", &[table(&["Id"])]).err(), Some(Reason::NoRecords));
}

#[test]
fn elements_that_are_there_once_and_those_that_are_repeated_are_found_alike() {
    let text = "<R><P><a>1</a><b><c>2 </c></b><d x='3'>4</d><e/></P><P><a>1</a><b><c>2 </c></b><d x='3'>4</d><e/><a>5</a></P>\
        <P><b/><b><c>6</c></b></P><P><b>7</b></P></R>";
    let shown = read(text.as_bytes(), "P", &[table(&["a", "*a", "b/c", "*b/c", "d/@x", "d", "e", "b"])]).unwrap();
    let rows = [
        "1: '1' | ['1'] | '2 ' | ['2 '] | '3' | '4' | '' | ''",
        "2: '1' | ['1', '5'] | '2 ' | ['2 '] | '3' | '4' | '' | ''",
        "3: - | - | '6' | ['6'] | - | - | - | ''",
        "4: - | - | - | - | - | - | - | '7'",
    ];
    assert_eq!(shown.rows[0], rows);
}

#[test]
fn cells_are_what_the_paths_lead_to() {
    let text = "<R><P id=' 7 ' x:key=\"a&amp;b&#x41;\" xmlns:x='u'><Name><Last>O&apos;Neil &lt;&#233;&#x20AC;></Last><First/></Name>\
        <F ccn='109185'>Clinic <b>of</b> Bay</F><Dx>I10</Dx><Dx>E11.9</Dx><Note><![CDATA[<a> & ]]>b<!-- c -->d</Note> <X> y </X>\
        <Line>a\r\nb</Line></P></R>";
    let cases = [
        ("@id", "' 7 '"),
        ("@key", "'a&bA'"),
        ("@p:key", "'a&bA'"),
        ("@x", "-"),
        ("Name/Last", "'O'Neil <é€>'"),
        ("Name/First", "''"),
        ("Name", "''"),
        ("F", "'Clinic  Bay'"),
        ("F/b", "'of'"),
        ("F/@ccn", "'109185'"),
        ("*Dx", "['I10', 'E11.9']"),
        ("Dx", "'I10'"),
        ("Note", "'<a> & bd'"),
        ("X", "' y '"),
        ("Line", "'a\nb'"),
        (".", "' '"),
        ("Dx/@x", "-"),
        ("*Nothing", "-"),
    ];
    let sources: Vec<&str> = cases.iter().map(|(path, _)| *path).collect();
    let shown = read(text.as_bytes(), "P", &[table(&sources)]).unwrap();
    let cells: Vec<&str> = shown.rows[0][0].trim_start_matches("1: ").split(" | ").collect();
    for (index, (path, cell)) in cases.iter().enumerate() {
        assert_eq!(cells[index], *cell, "{path}");
        assert_eq!(shown.reading.found[0][index], *cell != "-", "{path}");
    }
}

#[test]
fn items_of_nested_lists_are_rows_with_the_record_around_them() {
    let text =
        "<R><P id='1'><Vs n='2'><V c='a'/><V c='b'><D>x</D></V></Vs><Vs><V c='c'/></Vs></P><P id='2'><Vs></Vs></P></R>";
    let shown = read(text.as_bytes(), "P", &[table(&["@id"]), each("Vs/V", &["@c", "D", "^@id", "^Vs/@n"])]).unwrap();
    assert_eq!(shown.rows[0], ["1: '1'", "2: '2'"]);
    assert_eq!(shown.rows[1], ["1.1: 'a' | - | '1' | '2'", "1.2: 'b' | 'x' | '1' | '2'", "1.3: 'c' | - | '1' | '2'"]);
    assert_eq!(shown.reading.records, 2);
    assert_eq!(Some(shown.raws[2].as_str()), text.get(3..text.find("<P id='2'").unwrap()));
}

#[test]
fn tables_choose_their_records_and_what_nobody_wants_is_told() {
    let text = "<R><P t='a'><Id>1</Id><B x='' y='1'>2</B></P><P t='b'><Id>2</Id></P><P><Id>3</Id><C/></P></R>";
    let shown =
        read(text.as_bytes(), "P", &[select("@t", &["a"], &["Id"]), select("@t", &["b"], &["Id", "B/@y"])]).unwrap();
    assert_eq!(shown.rows, [["1: '1'"].to_vec(), ["2: '2' | -"].to_vec()]);
    assert_eq!(shown.reading.others, ["B", "B/@x", "C"]);
    assert_eq!(shown.reading.found[1], [true, false]);
}

#[test]
fn encodings_are_declared_or_marked() {
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><R><P><Id>\xe9</Id></P></R>";
    let utf_16: Vec<u8> = "\u{feff}<R><P><Id>é</Id></P></R>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = "\u{feff}<R><P><Id>é</Id></P></R>".as_bytes();
    for text in [latin.as_slice(), &utf_16, marked] {
        assert_eq!(rows(text, "P", &["Id"]), ["1: 'é'"]);
    }
    let broken = b"<R><P><Id>a</Id></P><P><Id>\xff</Id></P><P><Id>c</Id></P></R>";
    assert_eq!(rows(broken, "P", &["Id"]), ["1: 'a'", "2 Encoding: -", "3: 'c'"]);
}

#[test]
fn a_value_that_a_file_says_of_itself_is_found_before_and_after_its_records() {
    let text = "<p:E at='1'><H><Date> 2026-08-03 </Date></H><P><Date>9</Date></P><T><N x='5'>3</N></T></p:E>";
    let cases = [
        ("@at", Some("1")),
        ("E/@at", Some("1")),
        ("H/Date", Some(" 2026-08-03 ")),
        ("E/H/Date", Some(" 2026-08-03 ")),
        ("T/N", Some("3")),
        ("T/N/@x", Some("5")),
        ("H", None),
        ("X/Date", None),
    ];
    for (path, value) in cases {
        let declared = super::declared(&mut text.as_bytes(), path, &Limits::default()).unwrap();
        assert_eq!(declared.as_deref(), value, "{path}");
    }
    let cut = "<E><H>1</H><P>";
    assert_eq!(super::declared(&mut cut.as_bytes(), "H", &Limits::default()).unwrap().as_deref(), Some("1"));
}

proptest! {
    /// However a file comes in, the rows are the same; and what was written is read.
    #[test]
    fn what_was_written_is_read_however_it_comes_in(
        records in prop::collection::vec(("[ -~é😀]{0,9}", "[ -~é]{0,9}", prop::collection::vec("[ -~]{0,5}", 0..3)), 0..20),
        step in 1_usize..50,
    ) {
        let escape = |text: &str| quick_xml::escape::escape(text.to_owned()).into_owned();
        let body: String = records.iter().map(|(id, name, dx)| {
            let dx: String = dx.iter().map(|dx| format!("<Dx>{}</Dx>", escape(dx))).collect();
            format!("<P id=\"{}\">\n<N><L>{}</L></N>{dx}</P>", escape(id), escape(name))
        }).collect();
        let text = format!("<R>{body}</R>");
        let xml = Xml { record: "P".to_owned() };
        let wanted = [table(&["@id", "N/L", "*Dx"])];
        let shown = show(&wanted, |wanted, take| {
            super::read(&mut Trickle(text.as_bytes(), step), &xml, wanted, &Limits::default(), take)
        }).unwrap();
        let rows: Vec<String> = records.iter().enumerate().map(|(index, (id, name, dx))| {
            let dx: Vec<String> = dx.iter().map(|dx| format!("'{dx}'")).collect();
            let dx = if dx.is_empty() { "-".to_owned() } else { format!("[{}]", dx.join(", ")) };
            format!("{}: '{id}' | '{name}' | {dx}", index + 1)
        }).collect();
        prop_assert_eq!(&shown.rows[0], &rows);
    }

    /// Whatever the bytes are, there is an answer.
    #[test]
    fn any_bytes_have_an_answer(
        bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"<>/&;!?-[]\"'=P \n#xa".to_vec()), any::<u8>()], 0..120),
    ) {
        let _ = read(&bytes, "P", &[table(&["Id", "@id"])]);
        let opened = [b"<R><P><Id>1</Id>".as_slice(), &bytes, b"</P></R>"].concat();
        let _ = read(&opened, "P", &[table(&["Id", "@id"]), each("a", &["."])]);
        let _ = super::declared(&mut opened.as_slice(), "P/@a", &Limits::default());
    }
}
