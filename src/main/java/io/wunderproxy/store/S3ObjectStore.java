package io.wunderproxy.store;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Launch configurations in a bucket of S3 or of a server that speaks like it. */
public final class S3ObjectStore implements ObjectStore {

    /** The version that no object has. */
    private static final String NO_VERSION = "\"no object has this version\"";

    private static final String TYPE = "application/json";

    /** Status codes of S3 for an object that is not the expected one, is gone, or is being written by somebody else. */
    private static final Set<Integer> CONFLICT = Set.of(404, 409, 412);

    /** The last of these: it may yet turn out that the other one's write fails. */
    private static final int BEING_WRITTEN = 409;

    private final S3Access s3;
    private final String keyPrefix;

    /** Opens no connection yet. */
    public S3ObjectStore(String bucket, String keyPrefix) {
        this.s3 = new S3Access(bucket);
        this.keyPrefix = keyPrefix;
    }

    @Override
    public Optional<StoredObject> read(String key, int atMost) throws StoreException {
        var request = GetObjectRequest.builder()
                .bucket(s3.bucket())
                .key(keyPrefix + key)
                .build();
        try {
            return Optional.of(
                    s3.call("cannot read " + locate(key), () -> s3.client().getObject(request, (response, in) -> {
                        try {
                            var bytes = in.readNBytes(atMost);
                            if (bytes.length
                                    < Math.min(atMost, Objects.requireNonNullElse(response.contentLength(), 0L))) {
                                throw RetryableException.create("the response ended after " + bytes.length + " of "
                                        + response.contentLength() + " bytes");
                            }
                            return new StoredObject(
                                    bytes,
                                    Optional.ofNullable(response.eTag()),
                                    Optional.ofNullable(response.lastModified()));
                        } catch (IOException e) {
                            throw RetryableException.create("the response broke off", e);
                        }
                    })));
        } catch (NoSuchKeyException e) {
            return Optional.empty();
        } catch (SdkException e) {
            throw s3.failure("cannot read " + locate(key), e);
        }
    }

    @Override
    public boolean write(String key, byte[] content, Optional<String> expected) throws StoreException {
        var request = PutObjectRequest.builder()
                .bucket(s3.bucket())
                .key(keyPrefix + key)
                .contentType(TYPE);
        expected.ifPresentOrElse(request::ifMatch, () -> request.ifNoneMatch("*"));
        try {
            var written = put(key, request.build(), content);
            check(key, content, written.eTag());
            return true;
        } catch (SdkException e) {
            if (!(e instanceof S3Exception refused) || !CONFLICT.contains(refused.statusCode())) {
                throw s3.failure("cannot write " + locate(key), e);
            }
            // An attempt whose response was lost may have succeeded before the one that was refused.
            return read(key, content.length + 1)
                    .filter(now -> Arrays.equals(now.content(), content))
                    .isPresent();
        }
    }

    /** Not each store keeps what it is sent, and says so. */
    private void check(String key, byte[] content, String tag) throws StoreException {
        if (("\"" + ContentDigest.md5(content) + "\"").equals(tag)) {
            return;
        }
        // The tag of an encrypted object is another one, and some stores give none.
        var now = read(key, content.length + 1);
        if (now.isPresent() && Arrays.equals(now.get().content(), content)) {
            return;
        }
        if (now.isPresent()
                && tag != null
                && now.get().version().filter(v -> !v.equals(tag)).isPresent()) {
            // Somebody else has replaced it already.
            return;
        }
        throw new StoreException("the store said that it wrote " + locate(key) + ", but "
                + now.map(other -> "keeps something else there").orElse("has no such object")
                + ": it does not understand what it is sent, or loses it; use another store, and remove that object");
    }

    @Override
    public void checkConditions(String key, byte[] content) throws StoreException {
        var again = PutObjectRequest.builder()
                .bucket(s3.bucket())
                .key(keyPrefix + key)
                .contentType(TYPE);
        checkRefused(key, content, again.copy().ifNoneMatch("*").build(), "If-None-Match");
        checkRefused(key, content, again.copy().ifMatch(NO_VERSION).build(), "If-Match");
    }

    private void checkRefused(String key, byte[] content, PutObjectRequest request, String header)
            throws StoreException {
        try {
            put(key, request, content);
        } catch (SdkException e) {
            if (e instanceof S3Exception refused && CONFLICT.contains(refused.statusCode())) {
                return;
            }
            throw s3.failure("cannot write " + locate(key), e);
        }
        throw new StoreException("the store does not heed " + header
                + ", without which two people would overwrite each other; use one that does, or a newer version of it");
    }

    /** Tries a write that can't succeed: the refusal shows whether writing is allowed. */
    @Override
    public void checkWritable(String key) throws StoreException {
        try {
            s3.call("cannot write " + locate(key), () -> s3.client()
                    .putObject(
                            put -> put.bucket(s3.bucket()).key(keyPrefix + key).ifMatch(NO_VERSION),
                            RequestBody.empty()));
        } catch (SdkException e) {
            if (e instanceof S3Exception refused && CONFLICT.contains(refused.statusCode())) {
                return;
            }
            throw s3.failure("cannot write " + locate(key), e);
        }
        throw new StoreException(
                "the store does not heed If-Match, without which two people would overwrite each other");
    }

    /** Repeats what was refused because somebody else was writing. */
    private PutObjectResponse put(String key, PutObjectRequest request, byte[] content) throws StoreException {
        for (var attempt = 1; ; attempt++) {
            try {
                return s3.call("cannot write " + locate(key), () -> s3.client()
                        .putObject(request, RequestBody.fromBytes(content)));
            } catch (S3Exception e) {
                if (e.statusCode() != BEING_WRITTEN || attempt == S3Access.ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Every response has a date, even that to a request which is refused for its own. */
    @Override
    public Optional<Instant> time() {
        SdkHttpResponse response;
        try {
            response = s3.call("cannot ask for the time", () -> s3.client()
                            .headBucket(HeadBucketRequest.builder()
                                    .bucket(s3.bucket())
                                    .build()))
                    .sdkHttpResponse();
        } catch (S3Exception e) {
            response = e.awsErrorDetails() == null ? null : e.awsErrorDetails().sdkHttpResponse();
        } catch (SdkException | StoreException e) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(response)
                    .flatMap(a -> a.firstMatchingHeader("Date"))
                    .map(date -> DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public String locate(String key) {
        return "s3://" + s3.bucket() + "/" + keyPrefix + key;
    }
}
