package io.wunderproxy.fleet;

import io.wunderproxy.store.CertificateAuthorities;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * The running EC2 instances that have some tags: the one call {@code DescribeInstances} of EC2's Query API, version 2016-11-15,
 * signed by the SDK. The SDK's own client of EC2 would make the program larger by a third. Region, credentials and endpoint are found
 * as every AWS tool finds them. Calls block.
 */
public final class Ec2Instances {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(10);
    private static final int MOST_ERROR_BYTES = 64 * 1024;

    private Ec2Instances() {}

    /**
     * An instance.
     *
     * @param id as EC2 names it
     * @param address its private IP address
     */
    public record Instance(String id, String address) {}

    private record Page(List<Instance> instances, String nextToken, String error) {}

    /**
     * Those that run now.
     *
     * @param tags {@code key=value}, all of which they must have
     * @throws IllegalArgumentException if a tag is none, with a message for people
     */
    public static List<Instance> running(List<String> tags) throws FleetException {
        var query = new StringBuilder("Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"
                + "&Filter.1.Name=instance-state-name&Filter.1.Value.1=running");
        var number = 2;
        for (var tag : tags) {
            var parts = tag.split("=", 2);
            if (parts.length != 2 || parts[0].isEmpty()) {
                throw new IllegalArgumentException("'" + tag + "' is not key=value");
            }
            query.append("&Filter.%d.Name=%s&Filter.%d.Value.1=%s"
                    .formatted(number, encoded("tag:" + parts[0]), number, encoded(parts[1])));
            number++;
        }
        var found = new ArrayList<Instance>();
        for (var token = ""; token != null; ) {
            var page = call(query + (token.isEmpty() ? "" : "&NextToken=" + encoded(token)));
            found.addAll(page.instances());
            token = page.nextToken();
        }
        return found;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Page call(String query) throws FleetException {
        var http = UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(RESPONSE_TIMEOUT);
        try {
            CertificateAuthorities.given().ifPresent(given -> http.tlsTrustManagersProvider(() -> given));
            var region = new DefaultAwsRegionProviderChain().getRegion().id();
            var body = ContentStreamProvider.fromUtf8String(query);
            var request = SdkHttpRequest.builder()
                    .uri(endpoint(region))
                    .method(SdkHttpMethod.POST)
                    .putHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
                    .putHeader("Content-Length", Integer.toString(query.getBytes(StandardCharsets.UTF_8).length))
                    .build();
            try (var credentials = DefaultCredentialsProvider.builder().build();
                    var client = http.build()) {
                var signed = AwsV4HttpSigner.create().sign(sign -> sign.identity(credentials.resolveCredentials())
                        .request(request)
                        .payload(body)
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "ec2")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region));
                var response = client.prepareRequest(HttpExecuteRequest.builder()
                                .request(signed.request())
                                .contentStreamProvider(signed.payload().orElse(body))
                                .build())
                        .call();
                try (var in =
                        response.responseBody().map(InputStream.class::cast).orElse(InputStream.nullInputStream())) {
                    return page(response.httpResponse().statusCode(), in);
                }
            }
        } catch (SdkException | IOException | StoreException e) {
            throw new FleetException("cannot ask EC2 for instances: " + e.getMessage(), e);
        }
    }

    private static Page page(int status, InputStream in) throws IOException, FleetException {
        try {
            if (status == 200) {
                return parse(in);
            }
            var error = parse(new java.io.ByteArrayInputStream(in.readNBytes(MOST_ERROR_BYTES)))
                    .error();
            throw refused(status, error);
        } catch (XMLStreamException e) {
            throw refused(status, "the response is not EC2's");
        }
    }

    private static FleetException refused(int status, String reason) {
        var message = "EC2 responded with " + status + ": " + reason;
        return status == 401 || status == 403
                ? new FleetException.Denied(message + "; ec2:DescribeInstances must be allowed", null)
                : new FleetException(message);
    }

    private static URI endpoint(String region) {
        return Stream.of("AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL")
                .map(System.getenv()::get)
                .filter(value -> value != null && !value.isBlank())
                .map(URI::create)
                .findFirst()
                .orElseGet(() -> URI.create("https://ec2." + region + ".amazonaws.com"));
    }

    /** Reads {@code reservationSet/item/instancesSet/item}, in which network interfaces have items and addresses of their own. */
    private static Page parse(InputStream in) throws XMLStreamException {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        var xml = factory.createXMLStreamReader(in);
        var instances = new ArrayList<Instance>();
        var path = new ArrayList<String>();
        var id = "";
        var address = "";
        String nextToken = null;
        var error = "";
        while (xml.hasNext()) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> path.add(xml.getLocalName());
                case XMLStreamConstants.END_ELEMENT -> {
                    if (isInstance(path) && !address.isEmpty()) {
                        instances.add(new Instance(id, address));
                        address = "";
                    }
                    path.removeLast();
                }
                case XMLStreamConstants.CHARACTERS -> {
                    var text = xml.getText().strip();
                    var name = path.getLast();
                    if (text.isEmpty()) {
                        continue;
                    }
                    if (isInstance(path.subList(0, path.size() - 1))) {
                        id = name.equals("instanceId") ? text : id;
                        address = name.equals("privateIpAddress") ? text : address;
                    } else if (name.equals("nextToken") && path.size() == 2) {
                        nextToken = text;
                    } else if (name.equals("Message")) {
                        error = text;
                    }
                }
                default -> {}
            }
        }
        return new Page(instances, nextToken, error);
    }

    private static boolean isInstance(List<String> path) {
        return path.size() == 5 && path.get(3).equals("instancesSet");
    }
}
