package io.wunderproxy.store;

import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** Why a call of AWS did not get through. */
public final class AwsFailure {

    private static final Pattern NO_SSO = Pattern.compile("'(sso|ssooidc)' service module");

    private AwsFailure() {}

    /**
     * The reason in one line, for people. The innermost message is the one that says it: the SDK wraps it in "Unable to execute HTTP
     * request".
     *
     * @param unreachable what comes before that message, if it is not that something has to be set
     */
    public static String reason(SdkException e, String unreachable) {
        Throwable cause = e;
        while (cause instanceof SdkClientException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        var message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        // One of the reasons that the SDK gives for all the places where credentials may be.
        if (NO_SSO.matcher(message).find()) {
            return "the profile signs in by IAM Identity Center (SSO), which is not built in; name a profile that has"
                    + " credential_process = aws configure export-credentials --profile <the one with SSO>";
        }
        if (message.startsWith("Unable to load region")) {
            return "no region is known; set AWS_REGION";
        }
        if (message.startsWith("Unable to load credentials")) {
            return "no credentials are known; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        }
        return unreachable + message.lines().findFirst().orElse(message);
    }
}
