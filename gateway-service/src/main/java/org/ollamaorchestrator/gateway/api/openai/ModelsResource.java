package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.ModelCatalog;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/** OpenAI's list of models: those of the whole fleet, and the aliases that stand for one of them. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
public class ModelsResource {

    private final ModelCatalog catalog;
    private final ModelAliases aliases;

    ModelsResource(ModelCatalog catalog, ModelAliases aliases) {
        this.catalog = catalog;
        this.aliases = aliases;
    }

    @GET
    public Uni<String> models() {
        return catalog.models().map(models -> list(models, aliases));
    }

    /** @param id with its slashes, and with or without a tag; the answer repeats it as it is */
    @GET
    @Path("/{id: .+}")
    public Uni<String> model(@PathParam("id") String id) {
        if (id.isBlank()) {
            throw ClientErrorException.badField("model", "is blank");
        }
        return catalog.models().map(models -> found(id, models, aliases));
    }

    /** An alias comes first, as it does when a request names it. */
    static String found(String id, List<OllamaModel> models, ModelAliases aliases) {
        var name = new ModelName(id);
        return Optional.ofNullable(aliases.standingFor(models).get(id))
                .or(() -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst())
                .map(model -> json(id, model).toString())
                .orElseThrow(() -> new JobFailedException(new JobFailure.NoSuchModel(name)));
    }

    static String list(List<OllamaModel> models, ModelAliases aliases) {
        var byId = new LinkedHashMap<String, OllamaModel>();
        models.forEach(model -> byId.put(model.name().canonical(), model));
        byId.putAll(aliases.standingFor(models));
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("object", "list");
        var data = list.putArray("data");
        byId.forEach((id, model) -> data.add(json(id, model)));
        return list.toString();
    }

    private static ObjectNode json(String id, OllamaModel model) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "model")
                .put("created", created(model))
                .put("owned_by", "library");
    }

    /** 0 where nobody says when it changed last, as agents of version 1. */
    private static long created(OllamaModel model) {
        String modified = OllamaLine.read(model.json()).path("modified_at").asText();
        try {
            return OffsetDateTime.parse(modified).toEpochSecond();
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
