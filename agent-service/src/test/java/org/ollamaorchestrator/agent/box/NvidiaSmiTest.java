package org.ollamaorchestrator.agent.box;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nvidia-smi prints for {@code --query-gpu=memory.total,memory.free --format=csv,noheader,nounits}, in MiB. */
class NvidiaSmiTest {

    private static final long MEBIBYTE = 1024 * 1024;

    @Test
    void one_gpu() {
        assertThat(NvidiaSmi.parse("24564, 18399\n")).isEqualTo(vram(24564, 18399));
    }

    @Test
    void several_gpus_are_summed() {
        assertThat(NvidiaSmi.parse("24576, 24252\n24576, 1203\n12288, 12036\n"))
                .isEqualTo(vram(24576 + 24576 + 12288, 24252 + 1203 + 12036));
    }

    @Test
    void lines_end_as_windows_ends_them() {
        assertThat(NvidiaSmi.parse("8192, 7000\r\n")).isEqualTo(vram(8192, 7000));
    }

    @Test
    void a_gpu_that_shares_the_machines_memory_does_not_tell() {
        assertThat(NvidiaSmi.parse("[N/A], [N/A]\n")).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void a_sum_is_unknown_if_a_part_of_it_is() {
        assertThat(NvidiaSmi.parse("24564, 18399\n24564, [Unknown Error]\n"))
                .isEqualTo(new Vram(2 * 24564 * MEBIBYTE, null));
        assertThat(NvidiaSmi.parse("24564, 18399\n[N/A], [N/A]\n")).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void warnings_of_the_driver_are_no_gpus() {
        assertThat(NvidiaSmi.parse("24564, 18399\nWARNING: infoROM is corrupted at gpu 0000:04:00.0\n"))
                .isEqualTo(vram(24564, 18399));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n\n",
                "No devices were found\n",
                "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
                "memory.total [MiB], memory.free [MiB]\n",
                "24564 MiB, 18399 MiB\n",
                "-1, -1\n",
                "99999999999999999999, 1\n",
                "1,2,3\n",
                "\0\u001b[31m, \uFFFD\n"
            })
    void garbage_tells_nothing(String output) {
        assertThat(NvidiaSmi.parse(output)).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void the_program_is_asked_for_just_that(@TempDir Path folder) throws Exception {
        var smi = program(folder, """
                [ "$*" = "--query-gpu=memory.total,memory.free --format=csv,noheader,nounits" ] || exit 2
                echo "a word to standard error" >&2
                echo "24564, 18399"
                """);

        assertThat(new NvidiaSmi(smi).ask()).isEqualTo(vram(24564, 18399));
    }

    @Test
    void where_the_program_is_not_nothing_is_known(@TempDir Path folder) {
        assertThat(new NvidiaSmi(folder.resolve("nvidia-smi").toString()).ask()).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void a_program_that_fails_is_not_believed(@TempDir Path folder) throws Exception {
        var smi = program(folder, """
                echo "24564, 18399"
                exit 9
                """);

        assertThat(new NvidiaSmi(smi).ask()).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void a_program_that_hangs_is_ended(@TempDir Path folder) throws Exception {
        var smi = program(folder, "exec sleep 1000\n");

        assertThat(new NvidiaSmi(smi, Duration.ofMillis(50)).ask()).isEqualTo(Vram.UNKNOWN);
    }

    @Test
    void a_program_that_does_not_stop_talking_is_ended(@TempDir Path folder) throws Exception {
        var smi = program(folder, "exec yes '1, 1'\n");

        assertThat(new NvidiaSmi(smi, Duration.ofMillis(50)).ask()).isEqualTo(Vram.UNKNOWN);
    }

    private static Vram vram(long totalMebibytes, long freeMebibytes) {
        return new Vram(totalMebibytes * MEBIBYTE, freeMebibytes * MEBIBYTE);
    }

    static String program(Path folder, String script) throws IOException {
        Path program = Files.writeString(folder.resolve("nvidia-smi"), "#!/bin/sh\n" + script);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program.toString();
    }
}
