import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Has messages judged by one process, {@code itk3 validate --stream length}, which it keeps and starts again when it
 * ends.
 *
 * <p>Threads may share it; they wait for each other. For more at a time, make as many as there are processors.
 */
public final class Itk3Stream implements AutoCloseable {

    /** What became of one message: the line of JSON as it came, and the verdict in it. */
    public record Answer(String json, String verdict) {

        // A quotation mark inside a value has a backslash before it, so this finds the key and nothing else.
        private static final Pattern VERDICT = Pattern.compile("\"verdict\": \"([a-z]+)\"");

        static Answer of(String json) throws IOException {
            Matcher found = VERDICT.matcher(json);
            if (!found.find()) {
                throw new IOException("itk3 answered something else than a line of its report");
            }
            return new Answer(json, found.group(1));
        }
    }

    private static final int CHANCES = 2;

    private final List<String> command;
    private Process process;
    private OutputStream messages;
    private InputStream answers;

    /**
     * @param command the whole command, such as {@code itk3 validate --stream length --time-limit 30}; it is started
     *     with the first message
     */
    public Itk3Stream(List<String> command) {
        this.command = List.copyOf(command);
    }

    /**
     * Judges one message.
     *
     * @param message its bytes, as they were received
     * @param source what it is called in the answer
     * @param facts what no message can say, such as {@code recipient} and {@code primary}
     * @throws IOException the process cannot be started, or ended twice over this message
     */
    public synchronized Answer validate(byte[] message, String source, Map<String, String> facts) throws IOException {
        byte[] header = header(message.length, source, facts);
        for (int chance = 1; ; chance++) {
            try {
                start();
                return exchange(header, message);
            } catch (IOException error) {
                // Judging changes nothing, so a message may be judged again.
                String ended = stop();
                if (chance == CHANCES) {
                    throw new IOException("itk3 " + ended + " while it judged " + source, error);
                }
            }
        }
    }

    /** Lets the process end. The next message starts another one. */
    @Override
    public synchronized void close() throws IOException {
        if (process == null) {
            return;
        }
        try {
            messages.close();
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            stop();
        }
    }

    private void start() throws IOException {
        if (process != null && process.isAlive()) {
            return;
        }
        stop();
        // What itk3 has to tell beside answers goes to standard error; left in a pipe, it would block it one day.
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        messages = new BufferedOutputStream(process.getOutputStream());
        answers = new BufferedInputStream(process.getInputStream());
    }

    private Answer exchange(byte[] header, byte[] message) throws IOException {
        messages.write(header);
        messages.write(message);
        messages.flush();
        return Answer.of(line());
    }

    /** The next answer. Half a line is none: its process ended while it wrote. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = answers.read(); next != '\n'; next = answers.read()) {
            if (next < 0) {
                throw new EOFException("the answers end");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    private String stop() {
        if (process == null) {
            return "could not be started";
        }
        try {
            boolean ended = process.waitFor(1, TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            return ended ? "ended with status " + process.exitValue() : "was stopped";
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return "was stopped";
        } finally {
            process = null;
        }
    }

    private static byte[] header(int length, String source, Map<String, String> facts) {
        String stated = facts.entrySet().stream()
                .map(fact -> quoted(fact.getKey()) + ": " + quoted(fact.getValue()))
                .collect(Collectors.joining(", "));
        String header = "%d {\"source\": %s, \"facts\": {%s}}\n".formatted(length, quoted(source), stated);
        return header.getBytes(StandardCharsets.US_ASCII);
    }

    /** A text as JSON has it, in ASCII. */
    private static String quoted(String text) {
        return text.chars()
                .mapToObj(each -> each < ' ' || each > '~' || each == '"' || each == '\\'
                        ? "\\u%04x".formatted(each)
                        : String.valueOf((char) each))
                .collect(Collectors.joining("", "\"", "\""));
    }
}
