//! Messages as the original has them.

use carelake_hl7::Options;

use crate::given::{header, read_with};

#[test]
fn a_list_of_one_text_is_the_text_and_what_varies_stays_as_sent() {
    let original = Options { is_original: true, ..Options::default() };
    let message = header("ORU^R01", "2.5", "||||||8859/1")
        + "PID|1~2||7|||||||C~D\rPD1|A\rOBR|1\rOBX|1|CE|B||x\\T\\^y~z\rNTE|1||a\\F\\\rNTE|2||a~b\rZAA|q|r^s\r";
    let json = read_with(original, message.as_bytes(), None)["json"].to_string();
    for part in [
        r#""MSH_18":"8859/1""#,
        r#""PID_10":[{"CE_1":"C"},{"CE_1":"D"}]"#,
        r#""PID_3":[{"CX_1":"7"}]"#,
        r#""_more":{"PID_1":["2"]}"#,
        r#""PD1_1":"A""#,
        r#""OBX_5":"x\\T\\^y~z""#,
        r#""NTE_3":"a|""#,
        r#""NTE_3":["a","b"]"#,
        r#""ZAA_1":"q","ZAA_2":[{"VARIES_1":"r","VARIES_2":"s"}]"#,
    ] {
        assert!(json.contains(part), "{part}: {json}");
    }
}
