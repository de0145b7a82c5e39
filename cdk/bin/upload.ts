import { readFileSync } from "node:fs";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

/** `upload.ts FILE BUCKET KEY`: puts a file into a bucket, which encrypts it with its own key. */
const [file, Bucket, Key] = process.argv.slice(2);
if (file === undefined || Bucket === undefined || Key === undefined) {
  throw new Error("usage: upload.ts FILE BUCKET KEY");
}
await new S3Client().send(new PutObjectCommand({ Bucket, Key, Body: readFileSync(file), ContentType: "application/yaml" }));
