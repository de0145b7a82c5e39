import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";

/** `empty.ts BUCKET…`: deletes every version of every object, without which a bucket cannot be deleted. */
const client = new S3Client();

/** Deletes up to a thousand versions; answers how many it found. */
async function deleteSome(Bucket: string): Promise<number> {
  const page = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({ Key, VersionId }));
  if (Objects.length > 0) {
    const answer = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [refused] = answer.Errors ?? [];
    if (refused !== undefined) {
      throw new Error(`${Bucket}: an object cannot be deleted: ${refused.Code}`);
    }
  }
  return Objects.length;
}

for (const bucket of process.argv.slice(2)) {
  let deleted = 0;
  for (let some = await deleteSome(bucket); some > 0; some = await deleteSome(bucket)) {
    deleted += some;
  }
  console.log(`${bucket}: ${deleted} versions deleted`);
}
