//! An issuer of OpenID Connect: it knows one person, and gives each code once, to who can prove to have asked for it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

type Fields = BTreeMap<String, String>;

/// What it is told and says.
pub(super) struct Issuer {
    pub address: String,
    known: Arc<Mutex<Known>>,
}

struct Known {
    key: EcdsaKeyPair,
    /// What its tokens say beside what they must.
    says: Value,
    /// What was asked for each code that was not redeemed.
    codes: BTreeMap<String, Fields>,
}

fn fields(text: &str) -> Fields {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Issuer {
    pub(super) fn start(says: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let known = Arc::new(Mutex::new(Known { key, says, codes: BTreeMap::new() }));
        let (own, at) = (Arc::clone(&known), address.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &mut own.lock().unwrap(), &at);
            }
        });
        Self { address, known }
    }

    /// Is the person whom a browser brings here: answers the address that the browser is sent back to.
    pub(super) fn signs_in(&self, asked: &str) -> String {
        let query = asked.strip_prefix(&format!("{}/authorize?", self.address)).expect(asked);
        let asked = fields(query);
        assert_eq!([&asked["response_type"], &asked["code_challenge_method"]], ["code", "S256"]);
        assert!(asked["scope"].split(' ').any(|it| it == "openid"));
        let code = URL_SAFE_NO_PAD.encode(Sha256::digest(query));
        let back = form_urlencoded::Serializer::new(format!("{}?", asked["redirect_uri"]))
            .append_pair("code", &code)
            .append_pair("state", &asked["state"])
            .finish();
        self.known.lock().unwrap().codes.insert(code, asked);
        back
    }

    /// Has its tokens say something else from now on.
    pub(super) fn says(&self, says: Value) {
        self.known.lock().unwrap().says = says;
    }
}

fn answer(mut stream: TcpStream, known: &mut Known, at: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':').filter(|it| it.0.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().expect(name);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, told) = match line.split(' ').nth(1).unwrap() {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": at, "authorization_endpoint": format!("{at}/authorize"), "token_endpoint": format!("{at}/token"),
                "jwks_uri": format!("{at}/keys"),
            }),
        ),
        "/keys" => {
            let public = known.key.public_key().as_ref();
            let [x, y] = [&public[1..33], &public[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
            (200, json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]}))
        }
        "/token" => redeem(known, at, &fields(std::str::from_utf8(&body).unwrap())),
        other => panic!("{other}"),
    };
    let told = told.to_string();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{told}", told.len()).unwrap();
}

fn redeem(known: &mut Known, at: &str, form: &Fields) -> (u16, Value) {
    let refused = (400, json!({"error": "invalid_grant"}));
    // A code is good once.
    let Some(asked) = form.get("code").and_then(|code| known.codes.remove(code)) else { return refused };
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let is_same = |name: &str| form[name] == asked[name];
    if proof != asked["code_challenge"] || !is_same("redirect_uri") || !is_same("client_id") {
        return refused;
    }
    let now = Timestamp::now().as_second();
    let mut claims = json!({"iss": at, "aud": asked["client_id"], "sub": "s-1", "iat": now, "exp": now + 300, "nonce": asked["nonce"]});
    claims.as_object_mut().unwrap().extend(known.says.as_object().unwrap().clone());
    let parts = [json!({"alg": "ES256", "kid": "k"}), claims];
    let message = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = known.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    (200, json!({"id_token": format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), "token_type": "Bearer"}))
}
