package io.wunderproxy.launchconfig;

import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** Why a call of AWS did not get through. */
public final class AwsFailure {

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
        if (message.startsWith("Unable to load region")) {
            return "no region is known; set AWS_REGION";
        }
        if (message.startsWith("Unable to load credentials")) {
            return "no credentials are known; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        }
        if (message.contains("'sso' service module") || message.contains("'ssooidc' service module")) {
            return "the profile signs in with IAM Identity Center (SSO), which is not built in; give it to the AWS command line: a"
                    + " profile with credential_process = aws configure export-credentials --profile <that one>";
        }
        return unreachable + message.lines().findFirst().orElse(message);
    }
}
