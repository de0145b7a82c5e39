import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import * as cognito from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import type { PipelineFunction } from "../constructs/pipeline-function.js";
import type { Door } from "./door.js";
import type { Shared } from "./shared.js";

export interface SignInProps {
  readonly shared: Shared;
  /** What browsers reach the pages by. */
  readonly door: Door;
  /** What shows them. */
  readonly carrier: PipelineFunction;
}

/** What somebody may see and do, as the pages know it: groups of these names. */
const ROLES: Readonly<Record<string, string>> = {
  viewer: "Sees runs, datasets and feeds",
  operator: "Does what pages offer, too",
  reviewer: "Sees persons in reviews, too",
  lead: "Settles disputes and sees the audit, too",
};
/** Where an issuer sends browsers back to, below the address of the pages. */
const BACK = "/signed-in";

/**
 * Who may open the pages. Where the configuration names no issuer, a user pool of the environment is one: nobody signs up by themselves,
 * everybody has a second factor, and who is in no group sees nothing.
 */
export class SignIn extends Construct {
  constructor(scope: Construct, id: string, { shared, door, carrier }: SignInProps) {
    super(scope, id);
    const address = door.api.apiEndpoint;
    new CfnOutput(this, "Address", { value: address, description: "The pages" });
    if (shared.config.console?.names_issuer !== false) {
      return;
    }
    const pool = new cognito.UserPool(this, "Users", {
      userPoolName: shared.names.of("console"),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      autoVerify: { email: true },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: { minLength: 12, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true, tempPasswordValidity: Duration.days(3) },
      deletionProtection: !shared.config.environment.deployment.deletes_on_teardown,
      removalPolicy: carrier.removalPolicy,
    });
    for (const [groupName, description] of Object.entries(ROLES)) {
      new cognito.CfnUserPoolGroup(this, groupName, { userPoolId: pool.userPoolId, groupName, description });
    }
    const { account, region } = Stack.of(this);
    pool.addDomain("Domain", { cognitoDomain: { domainPrefix: `${shared.names.of("console")}-${account}` } });
    const client = pool.addClient("Pages", {
      userPoolClientName: shared.names.of("console"),
      // A browser brings the code and the pages prove that they asked for it; there is no secret to keep.
      generateSecret: false,
      authFlows: { userSrp: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.minutes(5),
      accessTokenValidity: Duration.minutes(5),
      refreshTokenValidity: Duration.hours(1),
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
        callbackUrls: [`${address}${BACK}`],
      },
    });
    const told = {
      CARELAKE_OIDC_ISSUER: `https://cognito-idp.${region}.${Stack.of(this).urlSuffix}/${pool.userPoolId}`,
      CARELAKE_OIDC_CLIENT: client.userPoolClientId,
      CARELAKE_CONSOLE_ADDRESS: address,
    };
    for (const [name, value] of Object.entries(told)) {
      carrier.function.addEnvironment(name, value);
    }
  }
}
