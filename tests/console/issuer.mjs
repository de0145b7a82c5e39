// An issuer of OpenID Connect that knows a few people: who signs in is said by the address that the browser is led to.

import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class Issuer {
  /** Begins to answer; `people` are claims by name. */
  static async start(people) {
    const issuer = new Issuer();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    Object.assign(issuer, { people, privateKey, publicKey, codes: new Map(), who: Object.keys(people)[0] });
    issuer.server = createServer((request, answer) => issuer.answer(request, answer));
    await new Promise((told) => issuer.server.listen(0, "127.0.0.1", told));
    issuer.address = `http://127.0.0.1:${issuer.server.address().port}`;
    return issuer;
  }

  async answer(request, answer) {
    const { pathname, searchParams } = new URL(request.url, this.address);
    const told = (value) => answer.setHeader("content-type", "application/json").end(JSON.stringify(value));
    const at = this.address;
    if (pathname === "/.well-known/openid-configuration") {
      told({ issuer: at, authorization_endpoint: `${at}/authorize`, token_endpoint: `${at}/token`, jwks_uri: `${at}/keys` });
    } else if (pathname === "/keys") {
      told({ keys: [{ ...this.publicKey.export({ format: "jwk" }), kid: "k" }] });
    } else if (pathname === "/authorize") {
      const code = randomUUID();
      this.codes.set(code, { asked: Object.fromEntries(searchParams), who: this.who });
      const back = new URLSearchParams({ code, state: searchParams.get("state") });
      answer.writeHead(302, { location: `${searchParams.get("redirect_uri")}?${back}` }).end();
    } else if (pathname === "/token") {
      let body = "";
      for await (const bytes of request) body += bytes;
      const form = Object.fromEntries(new URLSearchParams(body));
      const { asked, who } = this.codes.get(form.code);
      this.codes.delete(form.code);
      if (createHash("sha256").update(form.code_verifier).digest("base64url") !== asked.code_challenge) throw new Error("no proof");
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: at, aud: asked.client_id, sub: who, iat: now, exp: now + 300, nonce: asked.nonce, ...this.people[who] };
      const message = `${part({ alg: "ES256", kid: "k" })}.${part(claims)}`;
      const signature = sign("sha256", Buffer.from(message), { key: this.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
      told({ id_token: `${message}.${signature}`, token_type: "Bearer" });
    } else answer.writeHead(404).end();
  }

  end() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
