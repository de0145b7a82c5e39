import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

export interface AlertsProps {
  readonly topicName: string;
  /** Who is told; each address has to confirm its subscription. */
  readonly emails: readonly string[];
  /** Who is told only what names them. */
  readonly recipients: readonly string[];
  readonly key: kms.IKey;
}

/** The topic of all notices, encrypted with the environment's key, which alarms and rules of this account may use. */
export class Alerts extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, "Topic", { topicName: props.topicName, enforceSSL: true, masterKey: props.key });
    const always = new Set(props.emails);
    for (const email of new Set([...always, ...props.recipients])) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(email, filtered(email, always, props.recipients)));
    }
    // An encrypted topic drops what a service sends when the service may not use the key.
    for (const service of ["cloudwatch.amazonaws.com", "events.amazonaws.com"]) {
      const sender = new iam.ServicePrincipal(service, {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      });
      props.key.grantEncryptDecrypt(sender);
      this.topic.grantPublish(sender);
    }
  }
}

/**
 * Returns what an address is told of: a notice that names nobody is for those who are always told, one that names recipients is for
 * these. Alarms name nobody. An address has one subscription, so one that is both is told of everything.
 */
function filtered(email: string, always: ReadonlySet<string>, recipients: readonly string[]): subscriptions.EmailSubscriptionProps {
  if (recipients.length === 0 || (always.has(email) && recipients.includes(email))) {
    return {};
  }
  const recipient = always.has(email)
    ? sns.SubscriptionFilter.notExistsFilter()
    : sns.SubscriptionFilter.stringFilter({ allowlist: [email] });
  return { filterPolicy: { recipient } };
}
