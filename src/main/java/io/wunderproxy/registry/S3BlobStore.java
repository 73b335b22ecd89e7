package io.wunderproxy.registry;

import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.store.S3Access;
import io.wunderproxy.store.StoreException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.commons.io.input.BoundedInputStream;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A bucket of S3 or of a server that speaks like it, as the standard registry's S3 driver has it. */
final class S3BlobStore implements BlobStore {

    /** A longer blob is sent in parts of this size; S3 takes 10,000 of them. */
    private static final long PART_BYTES = 16 * 1024 * 1024;

    private static final int MOST_PARTS = 10_000;

    /** How long a part may take: 55 KB/s. */
    private static final Duration PART_TIMEOUT = Duration.ofMinutes(5);

    private static final String TYPE = "application/octet-stream";

    private final S3Access s3;
    private final String keyPrefix;

    S3BlobStore(ImageBucket bucket) {
        s3 = new S3Access(bucket.name());
        keyPrefix = bucket.prefix().isEmpty() ? "" : bucket.prefix() + "/";
    }

    @Override
    public Optional<InputStream> open(String key, long from) throws StoreException {
        var request = GetObjectRequest.builder().bucket(s3.bucket()).key(keyPrefix + key);
        if (from > 0) {
            request.range("bytes=" + from + "-");
        }
        try {
            return Optional.of(new Content(
                    s3.call("cannot read " + locate(key), () -> s3.client().getObject(request.build()))));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw s3.failure("cannot read " + locate(key), e);
        }
    }

    /** Content that, when it is closed before its end, is not read to its end. */
    private static final class Content extends FilterInputStream {

        private final ResponseInputStream<GetObjectResponse> response;
        private boolean ended;

        Content(ResponseInputStream<GetObjectResponse> response) {
            super(response);
            this.response = response;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                var read = super.read(bytes, offset, length);
                ended |= read < 0;
                return read;
            } catch (SdkException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public void close() throws IOException {
            if (ended) {
                super.close();
            } else {
                response.abort();
            }
        }
    }

    @Override
    public OptionalLong size(String key) throws StoreException {
        try {
            return OptionalLong.of(s3.call("cannot read " + locate(key), () -> s3.client()
                            .headObject(o -> o.bucket(s3.bucket()).key(keyPrefix + key)))
                    .contentLength());
        } catch (NoSuchKeyException e) {
            return OptionalLong.empty();
        } catch (S3Exception e) {
            // A response without a body can't tell a missing object from a missing bucket.
            if (e.statusCode() == 404) {
                return OptionalLong.empty();
            }
            throw s3.failure("cannot read " + locate(key), e);
        } catch (SdkException e) {
            throw s3.failure("cannot read " + locate(key), e);
        }
    }

    @Override
    public List<String> folders(String folder) throws StoreException {
        var prefix = keyPrefix + folder + "/";
        try {
            return s3.call("cannot list " + locate(folder), () -> s3
                    .client()
                    .listObjectsV2Paginator(
                            o -> o.bucket(s3.bucket()).prefix(prefix).delimiter("/"))
                    .commonPrefixes()
                    .stream()
                    .map(common -> common.prefix()
                            .substring(prefix.length(), common.prefix().length() - 1))
                    .toList());
        } catch (SdkException e) {
            throw s3.failure("cannot list " + locate(folder), e);
        }
    }

    @Override
    public void write(String key, byte[] content) throws StoreException {
        put(key, RequestBody.fromBytes(content));
        check(key, content.length);
    }

    @Override
    public void write(String key, Path content) throws StoreException {
        try {
            var size = Files.size(content);
            if (size <= PART_BYTES) {
                put(key, RequestBody.fromFile(content));
            } else {
                putInParts(key, content, size);
            }
            check(key, size);
        } catch (IOException | UncheckedIOException e) {
            throw new StoreException("cannot read " + content + ": " + e.getMessage(), e);
        }
    }

    /** Not each store keeps what it is sent, and says so. What has its length is compared with its digest when it is pulled. */
    private void check(String key, long written) throws StoreException {
        var kept = size(key);
        if (kept.isEmpty() || kept.getAsLong() != written) {
            throw new StoreException(
                    "the store said that it wrote " + locate(key) + ", but "
                            + (kept.isEmpty()
                                    ? "has no such object"
                                    : "keeps " + kept.getAsLong() + " bytes there instead of " + written)
                            + ": it does not understand what it is sent, or loses it; use another store, and remove that object");
        }
    }

    private void put(String key, RequestBody content) throws StoreException {
        var what = "cannot write " + locate(key);
        call(what, () -> s3.client()
                .putObject(
                        o -> o.bucket(s3.bucket())
                                .key(keyPrefix + key)
                                .contentType(TYPE)
                                .overrideConfiguration(S3BlobStore::slow),
                        content));
    }

    private void putInParts(String key, Path content, long size) throws StoreException {
        var what = "cannot write " + locate(key);
        var upload = call(what, () -> s3.client()
                        .createMultipartUpload(
                                o -> o.bucket(s3.bucket()).key(keyPrefix + key).contentType(TYPE)))
                .uploadId();
        try {
            var partBytes = Math.max(PART_BYTES, (size + MOST_PARTS - 1) / MOST_PARTS);
            var parts = new ArrayList<CompletedPart>();
            for (var from = 0L; from < size; from += partBytes) {
                var body = part(content, from, Math.min(partBytes, size - from));
                var number = parts.size() + 1;
                var tag = call(what, () -> s3.client()
                                .uploadPart(
                                        o -> o.bucket(s3.bucket())
                                                .key(keyPrefix + key)
                                                .uploadId(upload)
                                                .partNumber(number)
                                                .overrideConfiguration(S3BlobStore::slow),
                                        body))
                        .eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
            }
            call(what, () -> s3.client().completeMultipartUpload(o -> o.bucket(s3.bucket())
                    .key(keyPrefix + key)
                    .uploadId(upload)
                    .overrideConfiguration(S3BlobStore::slow)
                    .multipartUpload(m -> m.parts(parts))));
        } catch (StoreException e) {
            // Parts of an upload that is never completed would be paid for.
            try {
                call(what, () -> s3.client()
                        .abortMultipartUpload(
                                o -> o.bucket(s3.bucket()).key(keyPrefix + key).uploadId(upload)));
            } catch (StoreException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    /** Can be sent again, and is never in memory as a whole. */
    private static RequestBody part(Path content, long from, long length) {
        return RequestBody.fromContentProvider(
                () -> {
                    try {
                        var channel = FileChannel.open(content, StandardOpenOption.READ)
                                .position(from);
                        return BoundedInputStream.builder()
                                .setInputStream(Channels.newInputStream(channel))
                                .setMaxCount(length)
                                .get();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                length,
                TYPE);
    }

    private static void slow(AwsRequestOverrideConfiguration.Builder call) {
        call.apiCallAttemptTimeout(PART_TIMEOUT).apiCallTimeout(PART_TIMEOUT.multipliedBy(S3Access.ATTEMPTS));
    }

    private <T> T call(String what, S3Access.Call<T> call) throws StoreException {
        try {
            return s3.call(what, PART_TIMEOUT, call);
        } catch (SdkException e) {
            throw s3.failure(what, e);
        }
    }

    @Override
    public Optional<URI> address(String key, Duration valid) throws StoreException {
        try {
            return Optional.of(URI.create(s3.presigner()
                    .presignGetObject(o -> o.signatureDuration(valid)
                            .getObjectRequest(r -> r.bucket(s3.bucket()).key(keyPrefix + key)))
                    .url()
                    .toString()));
        } catch (SdkException e) {
            throw s3.failure("cannot sign an address of " + locate(key), e);
        }
    }

    @Override
    public String locate(String key) {
        return "s3://" + s3.bucket() + "/" + keyPrefix + key;
    }
}
