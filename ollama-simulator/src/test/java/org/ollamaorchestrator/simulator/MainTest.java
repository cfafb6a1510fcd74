package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void a_process_says_where_it_listens_and_answers_there() throws IOException, InterruptedException {
        Process process = start("--models", "first,second", "--script", "{\"tokens\":[\"by script\"]}");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                HttpClient client = HttpClient.newHttpClient()) {
            String line = out.readLine();
            assertThat(line).matches("simulator listening on http://127\\.0\\.0\\.1:[0-9]+");

            URI chat = URI.create(line.substring(line.indexOf("http")) + "/api/chat");
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(chat)
                            .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"first\",\"messages\":[{}]}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.body()).contains("by script");
        } finally {
            process.destroy();
        }
    }

    @Test
    void help_names_every_option() throws IOException, InterruptedException {
        Process process = start("--help");

        String help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(help).contains("--port", "--host", "--models", "--parallel", "--script", "--help");
    }

    @Test
    void a_wrong_option_is_an_error_that_names_it() throws IOException, InterruptedException {
        Process process = start("--prot", "1");

        String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(error).contains("--prot");
    }

    private static Process start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(words));
        return new ProcessBuilder(command).start();
    }
}
