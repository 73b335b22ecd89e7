package io.wunderproxy.manager;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.api.IdentityProof;
import io.wunderproxy.deployment.Changes;
import io.wunderproxy.deployment.StateDirectory;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/** Guards every route of the manager: lets in only callers that may, and bounds the size of their requests. */
@Singleton
public class RequestGuard {

    private static final Logger LOG = Logger.getLogger(RequestGuard.class);
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final String SCHEME = "Bearer ";
    private static final int BEFORE_ALL_OTHERS = 10_000;

    /** The longest body, equal to {@code quarkus.http.limits.max-body-size}, which bounds bodies of unknown length. */
    private static final long MAX_BODY_BYTES = 64 * 1024;

    /** The token; empty when none is asked for. */
    private final Optional<ApiToken> token;

    private final RequestSite sites;
    private final Changes changes;

    /** @param directory the token's default place, which must be there first */
    @Inject
    RequestGuard(ApiOptions config, StateDirectory directory) {
        this.sites = new RequestSite(config.hosts());
        this.changes = directory.changes();
        this.token = switch (config.authentication()) {
            case TOKEN -> Optional.of(token(config));
            case NONE -> {
                LOG.warn("--api-auth none: everybody who reaches the manager's address may launch and switch");
                yield Optional.empty();
            }
        };
    }

    private static ApiToken token(ApiOptions config) {
        try {
            return ApiToken.readOrCreate(config.tokenFile());
        } catch (IOException e) {
            throw new IllegalStateException("cannot use the API token file " + config.tokenFile()
                    + " (--api-token-file): "
                    + switch (e) {
                        case NoSuchFileException missing -> "its directory is not there";
                        case AccessDeniedException denied -> "permission denied";
                        case FileSystemException other when other.getReason() != null -> other.getReason();
                        case CharacterCodingException binary -> "it is not text";
                        default -> e.getMessage();
                    });
        }
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, BEFORE_ALL_OTHERS);
    }

    private void check(RoutingContext context) {
        var request = context.request();
        var safe = SAFE.contains(request.method());
        LOG.debugf("%s %s from %s", request.method(), request.path(), request.remoteAddress());
        var connection = ManagerConnection.of(context);
        if (connection != null) {
            var ended = connection.began(!safe && hasToken(request), hasBody(request) ? request::isEnded : () -> true);
            context.addEndHandler(end -> ended.run());
        }
        var foreign = sites.problem(request);
        if (foreign.isPresent()) {
            LOG.warnf(
                    "refused %s %s from %s: %s",
                    request.method(), request.path(), request.remoteAddress(), foreign.get());
            refuse(context, 403, "not allowed: " + foreign.get());
        } else if (!safe && !hasToken(request)) {
            refuseWithoutToken(context);
        } else if (announcedLength(request) > MAX_BODY_BYTES) {
            closeAfterwards(context);
            refuse(context, 413, "the body is larger than " + MAX_BODY_BYTES + " bytes; send only the hash");
        } else if (changes.isPassedOn() || !safe && !isReload(request) && !beginChange(context)) {
            refuseReplaced(context);
        } else {
            if (isReload(request)) {
                // The next call is the successor's, and so is the connection that it comes by.
                closeAfterwards(context);
            }
            context.next();
        }
    }

    private static boolean isReload(HttpServerRequest request) {
        return request.path().equals("/" + ReloadResource.PATH);
    }

    /** Counts a call that may change something until it has its response; false if another agent makes the changes now. */
    private boolean beginChange(RoutingContext context) {
        if (!changes.begin()) {
            return false;
        }
        context.addEndHandler(end -> changes.end());
        return true;
    }

    /** Nearly all clients repeat what is refused like this. */
    private static void refuseReplaced(RoutingContext context) {
        context.response().putHeader("Retry-After", "1");
        closeAfterwards(context);
        refuse(context, 503, Changes.REFUSAL);
    }

    /** Lets only requests with the token pass, for calls that change nothing but show more than names and numbers. */
    void requireToken(RoutingContext context) {
        if (hasToken(context.request())) {
            context.next();
        } else {
            refuseWithoutToken(context);
        }
    }

    /** Shows that this manager knows the token, see {@link IdentityProof}; empty when no token is asked for. */
    Optional<String> proof(String challenge, String member, String manager) {
        return token.map(known -> known.proof(challenge, member, manager));
    }

    private static void refuseWithoutToken(RoutingContext context) {
        var request = context.request();
        LOG.warnf("refused %s %s from %s: no valid token", request.method(), request.path(), request.remoteAddress());
        context.response().putHeader("WWW-Authenticate", "Bearer realm=\"wunderproxy\"");
        closeAfterwards(context);
        refuse(
                context,
                401,
                "not allowed: send the token from the agent's api-token file as 'Authorization: Bearer <token>'");
    }

    /**
     * Closes the connection after the response, since the rest of a body is not read. In HTTP/2 that costs one stream, and this
     * header would make the response malformed: RFC 9113, 8.2.2.
     */
    private static void closeAfterwards(RoutingContext context) {
        if (context.request().version() != HttpVersion.HTTP_2) {
            context.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }

    private boolean hasToken(HttpServerRequest request) {
        if (token.isEmpty()) {
            return true;
        }
        var header = request.getHeader(HttpHeaders.AUTHORIZATION);
        return header != null
                && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && token.get().matches(header.substring(SCHEME.length()).strip());
    }

    /** Whether one may follow: the end of a request without a body is not heard before somebody reads it. */
    private static boolean hasBody(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2
                || announcedLength(request) > 0
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    private static long announcedLength(HttpServerRequest request) {
        var header = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return header == null ? 0 : Long.parseLong(header);
    }

    private static void refuse(RoutingContext context, int status, String reason) {
        var content = Failures.content(status, reason, context.request().getHeader(HttpHeaders.ACCEPT));
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, content.contentType())
                .end(content.body());
    }
}
