package io.wunderproxy.manager;

import io.wunderproxy.deployment.DeploymentOptions;
import jakarta.inject.Singleton;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The status page as one document: styles, scripts and the charting library are put into it once, so that it
 * is loaded whole or not at all, and its Content-Security-Policy lets nothing run but exactly these.
 */
@Singleton
public class StatusPage {

    private static final String DIRECTORY = "page/";
    private static final List<String> SCRIPTS = List.of(
            "dom.js",
            "agent.js",
            "theme.js",
            "charts.js",
            "overview.js",
            "actions.js",
            "deployments.js",
            "events.js",
            "logs.js",
            "main.js");

    private final String html;
    private final String securityPolicy;
    private final String entityTag;

    StatusPage(DeploymentOptions deployment, ApiOptions manager) {
        var style = read("uplot/uPlot.min.css") + "\n" + read("page.css");
        var library = "/*\n" + read("uplot/LICENSE") + "*/\n" + read("uplot/uPlot.iife.min.js");
        var script = "'use strict';\n" + SCRIPTS.stream().map(StatusPage::read).collect(Collectors.joining("\n"));
        html = read("page.html")
                .replace("{{style}}", style)
                .replace("{{library}}", library)
                .replace("{{script}}", script)
                .replace("{{app}}", escape(deployment.app()))
                .replace("{{token}}", String.valueOf(manager.authentication() == ApiOptions.Authentication.TOKEN));
        securityPolicy = "default-src 'none'; script-src " + source(library) + " " + source(script) + "; style-src "
                + source(style) + "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'";
        entityTag = HexFormat.of().formatHex(digest(html), 0, 16);
    }

    String html() {
        return html;
    }

    /** The value of its {@code Content-Security-Policy} header. */
    String securityPolicy() {
        return securityPolicy;
    }

    /** The entity tag, another one for every other content. */
    String entityTag() {
        return entityTag;
    }

    private static String read(String name) {
        try (var in = StatusPage.class.getResourceAsStream("/" + DIRECTORY + name)) {
            if (in == null) {
                throw new FileNotFoundException("the program was built without " + DIRECTORY + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A source expression for exactly this text of a script or style element. */
    private static String source(String content) {
        return "'sha256-" + Base64.getEncoder().encodeToString(digest(content)) + "'";
    }

    private static byte[] digest(String content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
