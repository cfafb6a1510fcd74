package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The unit for a bare GPU box, as systemd reads it, and the scripts that put it there. */
class SystemdIT {
    private static final String UNIT = "ollama-orchestrator-agent.service";
    private static final String PROGRAM = "/opt/ollama-orchestrator/agent/bin/agent";

    /** Of 100, as {@code systemd-analyze security} counts. */
    private static final int EXPOSURE_MAX = 30;

    @TempDir
    private Path folder;

    private String unit = "";

    @BeforeEach
    void read() throws IOException {
        unit = Files.readString(deploy("systemd/" + UNIT));
    }

    @Test
    void systemd_finds_nothing_to_say_about_the_unit() throws IOException {
        assertThat(verified(unit)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Restart=always", "TimeoutStopSec=45", "DynamicUser=yes"})
    void a_setting_that_is_misspelt_is_noticed(String setting) throws IOException {
        assertThat(verified(unit.replace(setting, "X" + setting))).isNotEmpty();
    }

    @Test
    void the_unit_is_hardened() throws IOException {
        Tool.Verdict verdict = exposed(unit);

        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
    }

    @Test
    void a_unit_that_is_not_hardened_is_noticed() throws IOException {
        String soft = unit.replaceAll("(?m)^(Protect|Private|Restrict|SystemCall|NoNew|Dynamic|Capability).*$", "");

        assertThat(exposed(soft).isGood()).isFalse();
    }

    @Test
    void a_stop_has_the_time_to_drain_and_is_no_failure() {
        assertThat(unit.lines()).contains("SuccessExitStatus=143");
        assertThat(unit.lines()
                        .filter(line -> line.startsWith("TimeoutStopSec="))
                        .findFirst())
                .hasValueSatisfying(line -> assertThat(Integer.parseInt(line.substring(line.indexOf('=') + 1)))
                        .isGreaterThanOrEqualTo(30 + 5 + 5));
    }

    @Test
    void every_setting_of_the_example_is_documented() throws IOException {
        String documented = Files.readString(Packaged.root().resolve("docs/configuration.md"));

        assertThat(Files.readString(deploy("systemd/agent.env.example"))
                        .lines()
                        .filter(line -> line.matches("#?[A-Z_]+=.*"))
                        .map(line -> line.replaceAll("^#|=.*", "")))
                .isNotEmpty()
                .allMatch(documented::contains);
    }

    @Test
    void a_second_installation_keeps_the_settings_and_renews_the_program() throws IOException {
        install();
        Path settings = folder.resolve("etc/ollama-orchestrator/agent.env");
        Path installed = folder.resolve(PROGRAM.substring(1));
        Path leftover = installed.resolveSibling("of-an-older-version");
        Files.writeString(settings, "ORCHESTRATOR_NAME=mine\n");
        Files.writeString(leftover, "");

        install();

        assertThat(settings).hasContent("ORCHESTRATOR_NAME=mine");
        assertThat(Files.getPosixFilePermissions(settings)).hasToString("[OWNER_READ, OWNER_WRITE]");
        assertThat(leftover).doesNotExist();
        assertThat(folder.resolve("etc/systemd/system/" + UNIT)).hasContent(unit);
        assertThat(Tool.run(List.of(installed.toString(), "--version")).said().strip())
                .isEqualTo(Packaged.version());
    }

    @Test
    void uninstalling_twice_is_as_good_as_once_and_settings_stay_unless_they_are_to_go() throws IOException {
        install();

        assertThat(script("--uninstall").isGood()).isTrue();
        assertThat(script("--uninstall").isGood()).isTrue();
        assertThat(folder.resolve("etc/ollama-orchestrator/agent.env")).exists();
        assertThat(folder.resolve("opt/ollama-orchestrator")).doesNotExist();
        assertThat(folder.resolve("etc/systemd/system/" + UNIT)).doesNotExist();

        assertThat(script("--uninstall", "--purge").isGood()).isTrue();
        assertThat(folder.resolve("etc/ollama-orchestrator")).doesNotExist();
    }

    @Test
    void an_installation_of_what_is_not_there_changes_nothing() {
        install();

        assertThat(script("--from", folder.resolve("nothing").toString()).isGood())
                .isFalse();

        assertThat(folder.resolve(PROGRAM.substring(1))).exists();
    }

    /** Here there is no launchctl: what is seen is the files. */
    @Test
    void the_installation_for_launchd_makes_a_property_list_and_a_program_and_can_be_repeated() {
        Tool.Verdict first = launchd();
        Tool.Verdict second = launchd();

        assertThat(first.isGood()).as(first.said()).isTrue();
        assertThat(second.said()).contains("Settings stay as they are");
        Path list = folder.resolve("Library/LaunchAgents/org.ollamaorchestrator.agent.plist");
        Tool.Verdict program = Tool.run(List.of(
                Optionally.python("plistlib"),
                "-c",
                "import plistlib, sys; p = plistlib.load(open(sys.argv[1], 'rb'));"
                        + " print(p['ProgramArguments'][0] if p['ExitTimeOut'] >= 40 else 'too short')",
                list.toString()));
        Tool.Verdict version =
                Tool.run(List.of("env", "HOME=" + folder, program.said().strip(), "--version"));
        assertThat(version.said().strip()).isEqualTo(Packaged.version());
    }

    private void install() {
        Tool.Verdict verdict = script("--from", Packaged.agentFolder().toString());
        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
    }

    private Tool.Verdict script(String... arguments) {
        var command = new ArrayList<>(List.of(
                "env",
                "DESTDIR=" + folder,
                "JAVA_HOME=" + System.getProperty("java.home"),
                deploy("systemd/install.sh").toString()));
        command.addAll(List.of(arguments));
        return Tool.run(command);
    }

    private Tool.Verdict launchd() {
        return Tool.run(List.of(
                "env",
                "HOME=" + folder,
                "JAVA_HOME=" + System.getProperty("java.home"),
                deploy("launchd/install.sh").toString(),
                "--from",
                Packaged.agentFolder().toString()));
    }

    /** What systemd says of this unit; it may have something to say of others of this machine. */
    private List<String> verified(String text) throws IOException {
        return Tool.run(List.of(analyze(), "verify", written(text)))
                .said()
                .lines()
                .filter(line -> line.contains(UNIT))
                .toList();
    }

    private Tool.Verdict exposed(String text) throws IOException {
        return Tool.run(List.of(
                analyze(), "security", "--no-pager", "--offline=true", "--threshold=" + EXPOSURE_MAX, written(text)));
    }

    private static String analyze() {
        return Optionally.tool("systemd-analyze", "--version");
    }

    /** With a program that is there. */
    private String written(String text) throws IOException {
        assertThat(text).contains("ExecStart=" + PROGRAM);
        return Files.writeString(folder.resolve(UNIT), text.replace(PROGRAM, "/bin/true"))
                .toString();
    }

    private static Path deploy(String file) {
        return Packaged.root().resolve("deploy").resolve(file);
    }
}
