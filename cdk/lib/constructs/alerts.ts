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
  readonly key: kms.IKey;
}

/** The topic of all notices, encrypted with the environment's key, which alarms and rules of this account may use. */
export class Alerts extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, "Topic", { topicName: props.topicName, enforceSSL: true, masterKey: props.key });
    for (const email of new Set(props.emails)) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(email));
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
