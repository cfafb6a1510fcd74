package org.ollamaorchestrator.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands against a gateway whose answers stand here: what they send, print and exit with. */
@NullMarked
class GatewayCommandLineTest {

    private static final String KEY = "olk_aSecretOfSomebody";

    private static final String TWO_AGENTS = """
            {"agents":[
              {"id":"1","name":"attic","ollamaVersion":"0.12.0","labels":{"gpu":"big","at":"home"},"models":["tiny:latest","large:latest"],
               "anyModel":false,"loaded":["tiny:latest"],"loading":[],"vramTaken":1200000000,
               "room":{"diskTotal":500000000000,"diskFree":123000000000,"vramTotal":24000000000},"slots":4,"active":1,"draining":false,"aside":false},
              {"id":"2","name":"gaming-pc","labels":{},"models":["tiny:latest"],"anyModel":false,"loaded":[],"loading":[],
               "vramTaken":0,"room":{},"slots":1,"active":0,"draining":true,"aside":false,"notUsedBecause":"it is draining"}]}""";

    @TempDir
    Path folder;

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private HttpServer gateway;

    private record Answer(int status, String body) {}

    private record Asked(String what, String authorization, String body) {}

    private record Run(int code, String out, String err) {}

    @BeforeEach
    void aGateway() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext("/", this::answer);
        gateway.start();
        environment.put("ORCHESTRATOR_URL", url());
    }

    @AfterEach
    void noGateway() {
        gateway.stop(0);
    }

    @Test
    void agents_are_a_table() {
        answers.put("GET /api/agents", new Answer(200, TWO_AGENTS));

        Run run = run("agents");

        assertThat(run).isEqualTo(new Run(0, """
                AGENT      STATE           BUSY  MODELS  IN MEMORY         VRAM TAKEN  DISK FREE  OLLAMA   LABELS
                attic      ready            1/4       2  tiny:latest  1.2 GB of 24 GB     123 GB  0.12.0   at=home, gpu=big
                gaming-pc  it is draining   0/1       1                       unknown    unknown  unknown
                """, ""));
        assertThat(run("agents", "list")).isEqualTo(run);
    }

    @Test
    void for_scripts_the_answer_is_one_line_of_json_wherever_the_option_stands() {
        answers.put("GET /api/agents", new Answer(200, "{\n \"agents\": []\n}"));

        assertThat(run("agents", "--json")).isEqualTo(new Run(0, "{\"agents\":[]}\n", ""));
        assertThat(run("--json", "agents", "list")).isEqualTo(new Run(0, "{\"agents\":[]}\n", ""));
        assertThat(run("agents")).isEqualTo(new Run(0, "", "No agent is connected.\n"));
    }

    @Test
    void models_are_told_with_the_agents_that_have_them() {
        answers.put("GET /api/agents", new Answer(200, TWO_AGENTS));
        answers.put("GET /api/tags", new Answer(200, """
                {"models":[{"name":"large:latest","size":43210000000,"digest":"d1"},{"name":"tiny:latest","size":815319791,"digest":"d2"}]}"""));

        assertThat(run("models")).isEqualTo(new Run(0, """
                MODEL           SIZE  ON                IN MEMORY ON
                large:latest   43 GB  attic
                tiny:latest   815 MB  attic, gaming-pc  attic
                """, ""));
        assertThat(run("models", "list", "--json").out())
                .contains("{\"name\":\"tiny:latest\",\"size\":815319791,\"digest\":\"d2\","
                        + "\"agents\":[\"attic\",\"gaming-pc\"],\"loaded\":[\"attic\"]}");
    }

    @Test
    void those_who_wait_are_told_in_their_order() {
        answers.put("GET /api/queue", new Answer(200, """
                {"waiting":1,"running":2,"draining":false,"requests":[
                 {"id":"req-1","model":"tiny","priority":"high","position":1,"waitedMs":1234,"expectedMs":180000}]}"""));

        assertThat(run("queue").out()).isEqualTo("""
                #  MODEL  PRIORITY  WAITED  TO WAIT  REQUEST
                1  tiny   high       1.2 s    3 min  req-1
                """);
    }

    @Test
    void the_status_of_a_gateway_that_drains_is_told_and_exits_with_1() {
        answers.put("GET /q/health/ready", new Answer(503, """
                {"status":"DOWN","checks":[{"name":"gateway","status":"DOWN","data":{"agents":2,"usable":1,"slots":4,"slotsTaken":1,
                 "waiting":3,"running":1,"note":"draining: new requests are refused","exposure":"loopback only","version":"1.2.3"}}]}"""));

        Run run = run("status");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEqualTo("""
                GATEWAY     %s
                version     1.2.3
                ready       no: draining: new requests are refused
                reached by  loopback only
                agents      2 connected, 1 of use
                slots       1 of 4 taken
                requests    1 running, 3 waiting
                """.formatted(url()));
        assertThat(run("status", "--json").out()).startsWith("{\"ready\":false,\"agents\":2,");
    }

    @Test
    void the_secret_of_a_new_key_is_all_that_a_script_reads() {
        answers.put("POST /api/admin/keys", new Answer(201, "{\"name\":\"anna\",\"secret\":\"olk_new\"}"));
        environment.put("ORCHESTRATOR_KEY", KEY);

        Run run = run(
                "keys",
                "create",
                "anna",
                "--models",
                "tiny,llama*",
                "--requests-per-minute=60",
                "--expires",
                "2027-01-01T00:00:00Z");

        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo("olk_new\n");
        assertThat(run.err()).isEqualTo("The secret of the key anna, told this once:\n");
        assertThat(asked)
                .containsExactly(
                        new Asked(
                                "POST /api/admin/keys",
                                "Bearer " + KEY,
                                "{\"name\":\"anna\",\"models\":[\"tiny\",\"llama*\"],\"requestsPerMinute\":60,\"expires\":\"2027-01-01T00:00:00Z\"}"));
    }

    @Test
    void an_agents_enrolment_token_is_all_that_a_script_reads() {
        answers.put(
                "POST /api/admin/agents/enrolments",
                new Answer(201, "{\"name\":\"box\",\"secret\":\"ole_new\",\"expires\":\"2027-01-01T00:00:00Z\"}"));
        answers.put("POST /api/admin/agents", new Answer(201, "{\"name\":\"box\",\"secret\":\"ola_new\"}"));

        assertThat(run("agents", "enrol", "box", "--ttl", "30m"))
                .isEqualTo(new Run(
                        0,
                        "ole_new\n",
                        "The enrolment token of the agent box, good until 2027-01-01T00:00:00Z, told this once:\n"));
        assertThat(run("agents", "token", "box").out()).isEqualTo("ola_new\n");
        assertThat(asked)
                .extracting(Asked::body)
                .containsExactly("{\"name\":\"box\",\"ttl\":\"30m\"}", "{\"name\":\"box\"}");
    }

    @Test
    void who_may_connect_as_an_agent_is_a_table() {
        answers.put("GET /api/admin/agents", new Answer(200, """
                {"agents":[
                 {"name":"old","source":"managed","created":"2026-01-01T00:00:00Z","revoked":"2026-02-01T00:00:00Z"},
                 {"name":"new","source":"enrolment","enrolmentExpires":"2026-03-01T00:00:00Z","created":"2026-02-28T23:00:00Z"},
                 {"name":"box","source":"configuration","agentId":"7","connected":"2026-02-01T00:00:00Z"}]}"""));

        assertThat(run("agents", "credentials").out()).isEqualTo("""
                AGENT  STATE                                FROM           ID  CONNECTED             CREATED
                old    revoked 2026-02-01T00:00:00Z         managed                                  2026-01-01T00:00:00Z
                new    to enrol until 2026-03-01T00:00:00Z  enrolment                                2026-02-28T23:00:00Z
                box    valid                                configuration  7   2026-02-01T00:00:00Z
                """);
    }

    @Test
    void a_name_cannot_become_another_path() {
        answers.put("DELETE /api/admin/keys/a%2F..%20b", new Answer(204, ""));

        assertThat(run("keys", "revoke", "a/.. b"))
                .isEqualTo(new Run(0, "", "The key a/.. b is worth nothing any more.\n"));
    }

    @Test
    void a_pull_is_followed_to_its_end() {
        answers.put("POST /api/admin/models/pull", new Answer(202, "{\"id\":\"op-1\"}"));
        answers.put("GET /api/admin/models/operations/op-1", new Answer(200, operation("done", "done", "")));

        Run run = run("models", "pull", "tiny", "--agents", "attic,gaming-pc");

        assertThat(run).isEqualTo(new Run(0, "attic: done\n", ""));
        assertThat(asked.getFirst().body()).isEqualTo("{\"model\":\"tiny\",\"agents\":[\"attic\",\"gaming-pc\"]}");
    }

    @Test
    void a_pull_that_failed_somewhere_says_where_and_why() {
        answers.put("POST /api/admin/models/pull", new Answer(202, "{\"id\":\"op-1\"}"));
        answers.put(
                "GET /api/admin/models/operations/op-1", new Answer(200, operation("failed", "failed", "no space")));

        Run run = run("models", "pull", "tiny", "--all", "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith("{\"id\":\"op-1\"").endsWith("}\n");
        assertThat(run.err()).isEqualTo("pull of tiny failed on attic: no space\n");
    }

    @Test
    void a_detached_pull_prints_its_id_and_asks_no_more() {
        answers.put("POST /api/admin/models/pull", new Answer(202, "{\"id\":\"op-1\"}"));

        assertThat(run("models", "pull", "tiny", "--label", "gpu=big", "--detach"))
                .isEqualTo(new Run(0, "op-1\n", ""));
        assertThat(asked)
                .extracting(Asked::what, Asked::body)
                .containsExactly(tuple("POST /api/admin/models/pull", "{\"model\":\"tiny\",\"label\":\"gpu=big\"}"));
    }

    @Test
    void the_key_of_a_file_wins_over_the_environments() throws IOException {
        answers.put("GET /api/agents", new Answer(200, "{\"agents\":[]}"));
        environment.put("ORCHESTRATOR_KEY", "olk_another");
        Path file = Files.writeString(folder.resolve("key"), KEY + "\n");

        assertThat(run("agents", "--key-file", file.toString()).code()).isZero();

        assertThat(asked).extracting(Asked::authorization).containsExactly("Bearer " + KEY);
    }

    @Test
    void a_key_on_the_command_line_is_refused_and_not_repeated() {
        Run run = run("agents", "--key", KEY);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out() + run.err()).contains("ORCHESTRATOR_KEY").doesNotContain(KEY);
        assertThat(asked).isEmpty();
    }

    @Test
    void what_is_no_key_is_not_sent_and_not_repeated() {
        environment.put("ORCHESTRATOR_KEY", "two words");

        assertThat(run("agents")).isEqualTo(new Run(2, "", "ORCHESTRATOR_KEY has no API key in it\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            401 | {"error":"an API key is needed"}      | 4 | the gateway wants an API key: set ORCHESTRATOR_KEY, or name a file that has it by --key-file
            403 | {"error":"this needs an administrator"} | 4 | this needs an administrator
            409 | {"error":"the name is taken"}         | 1 | the name is taken
            500 | {"error":{"message":"wrong"}}         | 1 | wrong
            500 | <html>                                | 1 | the gateway answered 500
            302 | elsewhere                             | 1 | the gateway answered 302
            """)
    void a_refusal_is_one_sentence_and_an_exit_code(int status, String body, int code, String sentence) {
        answers.put("GET /api/admin/keys", new Answer(status, body));

        assertThat(run("keys")).isEqualTo(new Run(code, "", sentence + "\n"));
    }

    @Test
    void a_key_that_is_not_valid_is_told_as_such() {
        environment.put("ORCHESTRATOR_KEY", KEY);
        answers.put("GET /api/agents", new Answer(401, "{\"error\":\"the API key is not valid\"}"));

        assertThat(run("agents")).isEqualTo(new Run(4, "", "the API key is not valid\n"));
    }

    @Test
    void nobody_at_the_url_is_exit_code_3() {
        gateway.stop(0);

        assertThat(run("status").code()).isEqualTo(3);
        assertThat(run("status").err())
                .isEqualTo(url() + " cannot be reached; is the gateway started, and is --url right?\n");
    }

    @Test
    void what_is_no_gateway_is_exit_code_3() {
        answers.put("GET /api/agents", new Answer(200, "<html>"));
        answers.put("GET /q/health/ready", new Answer(200, "{}"));

        assertThat(run("agents").code()).isEqualTo(3);
        assertThat(run("status").code()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bogus",
                "keys bogus",
                "keys revoke",
                "keys create x --weight heavy",
                "agents --url ftp://example.com",
                "agents --url http://",
                "agents --url http://user:secret@example.com",
                "agents --cacert /does/not/exist",
                "agents --key-file /does/not/exist",
                "models pull tiny --all --label a=b",
                "keys create x --data-dir /tmp",
                "keys create x --data-dir /tmp --admin --weight 2",
                "keys create a/b --data-dir /tmp --admin",
            })
    void what_is_written_wrongly_is_exit_code_2_with_one_line_and_nobody_is_asked(String line) {
        Run run = run(line.split(" ", -1));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).doesNotContain("secret@");
        assertThat(asked).isEmpty();
    }

    @Test
    void a_file_without_certificates_is_no_authority() throws IOException {
        Path file = Files.writeString(folder.resolve("ca.pem"), "no certificate");

        assertThat(run("agents", "--cacert", file.toString()).code()).isEqualTo(2);
    }

    @Test
    void the_first_administrators_key_comes_into_a_directory_without_a_gateway() {
        gateway.stop(0);

        Run run = run(
                "keys",
                "create",
                "boss",
                "--admin",
                "--data-dir",
                folder.resolve("data").toString());

        assertThat(run.code()).isZero();
        assertThat(run.out()).matches("olk_[0-9A-Za-z]{49}\n");
        assertThat(folder.resolve("data").resolve("gateway.db")).exists();
    }

    @Test
    void a_new_key_comes_with_its_hash() {
        assertThat(run("new-key").out())
                .containsPattern("olk_\\w{49}")
                .containsPattern("orchestrator\\.keys\\.NAME\\.hash=[0-9a-f]{64}");
        assertThat(run("new-agent-token").out())
                .containsPattern("ola_\\w{49}")
                .containsPattern("orchestrator\\.agents\\.tokens\\.NAME\\.hash=[0-9a-f]{64}");
    }

    @Test
    void completion_knows_every_command() {
        assertThat(run("completion").out())
                .contains("complete -F _complete_gateway", "rotate", "operations", "--cacert");
    }

    @Test
    void every_command_and_option_is_described() {
        var undescribed = new ArrayList<String>();
        collectUndescribed(GatewayCommandLine.of(surroundings(new StringWriter(), new StringWriter())), undescribed);

        assertThat(undescribed).isEmpty();
    }

    private static void collectUndescribed(CommandLine command, List<String> undescribed) {
        var spec = command.getCommandSpec();
        if (spec.usageMessage().description().length == 0) {
            undescribed.add(spec.qualifiedName());
        }
        spec.options().stream()
                .filter(option -> option.description().length == 0)
                .forEach(option -> undescribed.add(spec.qualifiedName() + " " + option.longestName()));
        command.getSubcommands().values().forEach(each -> collectUndescribed(each, undescribed));
    }

    private static String operation(String state, String agentState, String error) {
        return """
                {"id":"op-1","action":"pull","model":"tiny","by":"boss","state":"%s","agents":[
                 {"id":"1","name":"attic","state":"%s","status":"success","completed":5,"total":5,"error":"%s"}]}""".formatted(state, agentState, error);
    }

    private String url() {
        return "http://127.0.0.1:" + gateway.getAddress().getPort();
    }

    private Run run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = GatewayCommandLine.run(surroundings(out, err), List.of(arguments));
        return new Run(code, out.toString(), err.toString());
    }

    private Surroundings surroundings(StringWriter out, StringWriter err) {
        return new Surroundings(environment, new PrintWriter(out, true), new PrintWriter(err, true), false);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String what =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath();
            String authorization = exchange.getRequestHeaders()
                    .getOrDefault("Authorization", List.of(""))
                    .getFirst();
            asked.add(new Asked(
                    what, authorization, new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
            Answer answer =
                    answers.getOrDefault(what, new Answer(404, "{\"error\":\"there is nothing at " + what + "\"}"));
            byte[] body = answer.body().getBytes(UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
