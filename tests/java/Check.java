import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** What test_java_example.py wants to know of Itk3Stream: {@code java Check MESSAGE COMMAND...} */
public final class Check {

    private Check() {}

    public static void main(String[] arguments) throws Exception {
        byte[] message = Files.readAllBytes(Path.of(arguments[0]));
        List<String> command = List.of(arguments).subList(1, arguments.length);
        Itk3Stream itk3 = new Itk3Stream(command);
        System.out.println("unread: " + itk3.validate("<".getBytes(), "\"verdict\": \"valid\" \u00e9\n\\", Map.of()));
        System.out.println("unknown fact: " + itk3.validate(message, "m", Map.of("x\"", "y")).verdict());
        System.out.println("own answers: " + own(itk3, message, 200, 0));
        System.out.println("own answers, killed: " + own(itk3, message, 200, 5));
        System.out.println("processes: " + children());
        itk3.close();
        System.out.println("processes, closed: " + children());
        System.out.println("after: " + itk3.validate(message, "m", Map.of()).verdict());
        itk3.close();
        try (Itk3Stream wrong = new Itk3Stream(List.of(command.get(0), "-c", "raise SystemExit(7)"))) {
            wrong.validate(message, "m", Map.of());
        } catch (IOException error) {
            System.out.println("wrong: " + error.getMessage());
        }
        try (Itk3Stream missing = new Itk3Stream(List.of("/there/is/no/itk3"))) {
            missing.validate(message, "m", Map.of());
        } catch (IOException error) {
            System.out.println("missing: " + error.getMessage());
        }
    }

    /** How many answers of so many belong to their own message, while somebody kills the process now and then. */
    private static long own(Itk3Stream itk3, byte[] message, int number, int kills) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> tasks = IntStream.range(0, number)
                    .<Callable<Boolean>>mapToObj(each -> () -> {
                        String source = "m-" + each + "-";
                        if (kills > 0 && each % (number / kills) == 3) {
                            ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
                        }
                        return itk3.validate(message, source, Map.of()).json().contains("\"source\": \"" + source + "\"");
                    })
                    .toList();
            long own = 0;
            for (Future<Boolean> each : threads.invokeAll(tasks)) {
                own += each.get() ? 1 : 0;
            }
            return own;
        } finally {
            threads.shutdown();
        }
    }

    private static long children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
    }
}
