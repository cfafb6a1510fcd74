package org.ollamaorchestrator.gateway.api.ui;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class ContentPolicyTest {

    @Test
    void a_script_in_the_page_is_allowed_by_its_hash_and_one_from_a_file_needs_none() {
        String policy = ContentPolicy.of("""
                <script type="importmap">hello</script>
                <script type="module" src="app.js"></script>""");

        assertThat(policy)
                .contains("script-src 'self' 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';")
                .doesNotContain("unsafe");
    }
}
