//! The keys of the section: what each may be, what holds without it, and what it means.

use carelake_core::config::reader::{Form, Key, Preset};

const SPAN: Form = Form::Like("^[0-9]+[smhd]$");

/// What is said of one sender.
pub(super) const SENDER: [Key; 2] = [
    Key::new("time_zone", Form::Text, "The zone of its times without an offset, such as America/New_York"),
    Key::new("charset", Form::Text, "The character set of its messages that say none"),
];

/// Who issues tokens.
pub(super) const AUTH: [Key; 5] = [
    Key::new(
        "issuer",
        Form::Text,
        "The iss of tokens, letter for letter; on AWS a user pool of the deployment unless set",
    ),
    Key::new("keys", Form::Like("^https?://"), "Where its public keys are; ISSUER/.well-known/jwks.json unless set"),
    Key::new("audience", Form::List(&Form::Text), "What aud, or client_id of a token of Cognito, may be"),
    Key::new("id_token_writes", Form::Boolean, "Whether an id token counts as hl7/write").or(Preset::Boolean(true)),
    Key::new(
        "sign_up",
        Form::Word(&["off", "email"]),
        "Whether anybody may sign up in the user pool of a deployment; no right comes with it",
    )
    .or(Preset::Text("off")),
];

/// The stream of AWS that messages come by.
pub(super) const STREAM: [Key; 2] = [
    Key::new("arn", Form::Like("^arn:aws[a-z-]*:kinesis:[^:]+:[0-9]{12}:stream/.+$"), "A Kinesis stream that is there"),
    Key::new("create", Form::Boolean, "Whether the deployment makes one").or(Preset::Boolean(false)),
];

/// What comes by MLLP.
pub(super) const MLLP: [Key; 1] =
    [Key::new("allow", Form::List(&Form::Text), "Networks that may connect, such as 192.0.2.0/24; all unless set")];

/// The keys of the section.
pub(super) const HL7: [Key; 17] = [
    Key::new("compat", Form::Word(&["none", "original"]), "As the public sample does it").or(Preset::Text("none")),
    Key::new("default_version", Form::Text, "The version of messages that say none").or(Preset::Text("2.5.1")),
    Key::new("default_charset", Form::Text, "The character set of messages that say none; guessed unless set"),
    Key::new("time_zone", Form::Text, "The zone of times without an offset; UTC unless set"),
    Key::new("senders", Form::Map(&Form::Keys(&SENDER)), "What holds for one sender, by MSH-4.1 or MSH-3.1"),
    Key::new("authorities", Form::Map(&Form::Text), "The authority that a name of one stands for"),
    Key::new(
        "identify_except",
        Form::List(&Form::Text),
        "Types of identifiers that identify nobody; AN, VN and SS unless set",
    ),
    Key::new("control_id_days", Form::Whole(1, 3_650), "Days for which a control id is the only one of its sender")
        .or(Preset::Whole(30)),
    Key::new("require_control_id", Form::Boolean, "Whether a message must have one").or(Preset::Boolean(false)),
    Key::new("processing_ids", Form::List(&Form::Text), "What MSH-11 may be; in production [P]; anything unless set"),
    Key::new("max_message_mib", Form::Whole(1, 1_024), "The largest message that does not come by HTTP")
        .or(Preset::Whole(64)),
    Key::new("max_http_mib", Form::Whole(1, 4), "The largest message that comes by HTTP").or(Preset::Whole(4)),
    Key::new("sweep_after", SPAN, "When a message that did not get through is made up for").or(Preset::Text("5m")),
    Key::new("auth", Form::Keys(&AUTH), "Who issues tokens; this machine itself unless set"),
    Key::new("mllp", Form::Keys(&MLLP), "What comes by MLLP"),
    Key::new("stream", Form::Keys(&STREAM), "The Kinesis stream that messages come by on AWS; none unless set"),
    Key::new("silence", Form::Map(&SPAN), "How long a facility (MSH-4.1) may send nothing, such as 2h"),
];
