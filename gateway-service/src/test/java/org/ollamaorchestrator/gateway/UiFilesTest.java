package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The web UI as files: where they are, and what a browser may do with them. */
@QuarkusTest
@NullMarked
class UiFilesTest {

    @Test
    void a_browser_that_opens_the_gateway_is_sent_to_the_ui_and_a_program_finds_an_ollama() {
        given().redirects()
                .follow(false)
                .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                .get("/")
                .then()
                .statusCode(302)
                .header("Location", "/ui/");

        given().get("/").then().statusCode(200).body(equalTo("Ollama is running"));
        given().redirects().follow(false).get("/ui").then().statusCode(302).header("Location", "/ui/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ui/",
                "/ui/app.js",
                "/ui/theme.css",
                "/ui/lib/lit/index.js",
                "/ui/lib/lit-html/lit-html.js",
                "/ui/lib/lit-element/lit-element.js",
                "/ui/lib/reactive-element/reactive-element.js",
                "/ui/lib/echarts/echarts.esm.min.mjs"
            })
    void every_file_says_that_nothing_but_this_gateway_may_be_asked(String path) {
        given().get(path)
                .then()
                .statusCode(200)
                .header("Content-Security-Policy", startsWith("default-src 'none'; script-src 'self' 'sha256-"))
                .header("Content-Security-Policy", containsString("connect-src 'self'"))
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .header("Cache-Control", "no-cache");
    }

    @Test
    void modules_have_a_type_that_browsers_run() {
        given().get("/ui/app.js").then().contentType(containsString("javascript"));
        given().get("/ui/lib/echarts/echarts.esm.min.mjs").then().contentType(containsString("javascript"));
    }

    @Test
    void every_module_that_the_page_maps_is_there() {
        String page = given().get("/ui/").asString();

        var mapped = Pattern.compile("\": \"\\./(lib/[^\"]+[^/])\"")
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(mapped).isNotEmpty();
        mapped.forEach(module -> given().get("/ui/" + module).then().statusCode(200));
    }

    @Test
    void without_keys_nobody_has_a_name() {
        given().get("/api/me")
                .then()
                .statusCode(200)
                .body("keyless", equalTo(true))
                .body("admin", equalTo(false))
                .body("name", equalTo(null));
    }
}
