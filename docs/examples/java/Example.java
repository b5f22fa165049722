import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Judges files with four threads that share one itk3: {@code java Example itk3 validate --stream length -- FILE...} */
public final class Example {

    private Example() {}

    public static void main(String[] arguments) throws Exception {
        List<String> words = Arrays.asList(arguments);
        int end = words.indexOf("--");
        if (end < 1) {
            System.err.println("usage: java Example itk3 validate --stream length [OPTION]... -- FILE...");
            System.exit(2);
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (Itk3Stream itk3 = new Itk3Stream(words.subList(0, end))) {
            List<Callable<String>> tasks = words.subList(end + 1, words.size()).stream()
                    .<Callable<String>>map(file -> () -> file + ": " + verdict(itk3, file))
                    .toList();
            for (Future<String> told : threads.invokeAll(tasks)) {
                System.out.println(told.get());
            }
        } finally {
            threads.shutdown();
        }
    }

    private static String verdict(Itk3Stream itk3, String file) throws IOException {
        return itk3.validate(Files.readAllBytes(Path.of(file)), file, Map.of("recipient", "primary")).verdict();
    }
}
