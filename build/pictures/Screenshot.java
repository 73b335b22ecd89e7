import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Takes pictures of the status page with Debian's Chromium, one for each theme.
 *
 * <p>Usage: {@code java Screenshot.java URL DIRECTORY WIDTH HEIGHT THEME=PICTURE... [-- REAL=SHOWN...]}, the theme being light or
 * dark. DIRECTORY is for the browser's profile. The page is opened at noon, whatever the clock says, and all its times are as
 * long before that as they were. What the regular expression REAL matches differs between machines and is
 * replaced by the text to be shown.
 */
final class Screenshot {

    private static final int LIMIT_SECONDS = 30;

    /** Pixels of the picture for each one of the page. */
    private static final double SCALE = 1.5;

    private static final Pattern ADDRESS = Pattern.compile("DevTools listening on (ws://\\S+)");

    /** Moves all times of the page, its own clock and those that the agent gives it. */
    private static final String AT_NOON = """
            (() => {
              const Real = Date;
              const moved = Real.UTC(2026, 0, 31, 12) - Real.now();
              window.Date = class extends Real {
                constructor(...given) {
                  if (given.length === 0) super(Real.now() + moved);
                  else if (typeof given[0] === 'string') super(Real.parse(given[0]) + moved);
                  else super(...given);
                }
                static now() { return Real.now() + moved; }
              };
              const json = Response.prototype.json;
              Response.prototype.json = async function () {
                const value = await json.call(this);
                if (Array.isArray(value?.Time)) value.Time = value.Time.map(at => at + moved / 1000);
                return value;
              };
            })()""";

    /** Until the page has its numbers, charts and events; then replaces texts. */
    private static final String READY = """
            (async () => {
              const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
              const there = () => document.querySelector('#link').dataset.state === 'live'
                && document.querySelector('#events li') && document.querySelector('#deployments li')
                && !document.querySelector('#tiles .big').textContent.includes('–');
              for (let i = 0; i < 200 && !there(); i++) await wait(100);
              if (!there()) throw new Error('the page does not show what it should');
              await wait(1000); // the charts are drawn
              const rules = %s;
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                for (const [real, shown] of rules) texts.currentNode.data = texts.currentNode.data.replace(real, shown);
              }
              await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
              return 'ready';
            })()""";

    private final WebSocket socket;
    private CompletableFuture<String> response = new CompletableFuture<>();
    private String session = "";
    private int calls;

    private Screenshot(String address) {
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Listener())
                .join();
    }

    public static void main(String[] args) throws Exception {
        var words = List.of(args);
        var end = words.contains("--") ? words.indexOf("--") : words.size();
        var directory = Path.of(args[1]);
        var log = directory.resolve("chromium.log");
        var browser = new ProcessBuilder(
                        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                        "--hide-scrollbars", "--font-render-hinting=none", "--remote-debugging-port=0",
                        "--user-data-dir=" + directory.resolve("chromium"), "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            var screenshot = new Screenshot(address(browser, log));
            screenshot.prepare(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            var rules = rules(words.subList(Math.min(end + 1, words.size()), words.size()));
            for (var picture : words.subList(4, end)) {
                var parts = picture.split("=", 2);
                screenshot.take(args[0], parts[0], Path.of(parts[1]), rules);
            }
        } finally {
            browser.descendants().forEach(ProcessHandle::destroyForcibly);
            browser.destroyForcibly();
            browser.waitFor();
        }
    }

    private static String address(Process browser, Path log) throws Exception {
        for (var i = 0; i < LIMIT_SECONDS * 10 && browser.isAlive(); i++) {
            var found = ADDRESS.matcher(Files.readString(log));
            if (found.find()) {
                return found.group(1);
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new IOException("chromium does not start: " + Files.readString(log));
    }

    private static String rules(List<String> rules) {
        return rules.stream()
                .map(rule -> "[/" + rule.substring(0, rule.lastIndexOf('=')).replace("/", "\\/") + "/g, '" + rule.substring(rule.lastIndexOf('=') + 1) + "']")
                .toList()
                .toString();
    }

    private void prepare(int width, int height) throws Exception {
        var target = field("targetId", call("Target.createTarget", "{\"url\":\"about:blank\"}"));
        session = field("sessionId", call("Target.attachToTarget", "{\"targetId\":\"" + target + "\",\"flatten\":true}"));
        call("Page.enable", "{}");
        call("Emulation.setTimezoneOverride", "{\"timezoneId\":\"UTC\"}");
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":%s,\"mobile\":false}".formatted(width, height, SCALE));
        call("Page.addScriptToEvaluateOnNewDocument", "{\"source\":" + quoted(AT_NOON) + "}");
    }

    private void take(String url, String theme, Path picture, String rules) throws Exception {
        call("Emulation.setEmulatedMedia", "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + theme + "\"}]}");
        call("Page.navigate", "{\"url\":\"" + url + "\"}");
        evaluate("new Promise(resolve => document.readyState === 'complete' && location.href !== 'about:blank' ? resolve('')"
                + " : addEventListener('load', () => resolve('')))");
        evaluate(READY.formatted(rules));
        Files.write(picture, Base64.getDecoder().decode(field("data", call("Page.captureScreenshot", "{}"))));
    }

    private void evaluate(String expression) throws Exception {
        var result = call("Runtime.evaluate", "{\"expression\":" + quoted(expression) + ",\"awaitPromise\":true,\"returnByValue\":true}");
        if (result.contains("exceptionDetails")) {
            throw new IOException(result);
        }
    }

    /** Calls and returns the response's JSON. */
    private String call(String method, String parameters) throws Exception {
        response = new CompletableFuture<>();
        var of = session.isEmpty() ? "" : "\"sessionId\":\"" + session + "\",";
        socket.sendText("{\"id\":" + ++calls + "," + of + "\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
                .join();
        var result = response.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (result.startsWith("{\"id\":" + calls + ",\"error\"")) {
            throw new IOException(method + ": " + result);
        }
        return result;
    }

    private static String field(String name, String json) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalArgumentException("no " + name + " in " + json);
        }
        return found.group(1);
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    /** Keeps what responds to the latest call; events are of no interest here. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                if (message.indexOf("{\"id\":" + calls + ",") == 0) {
                    response.complete(message.toString());
                }
                message.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
