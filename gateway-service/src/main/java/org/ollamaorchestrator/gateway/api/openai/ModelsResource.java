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
import java.util.List;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelCatalog;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/** OpenAI's list of models: those of the whole fleet. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
public class ModelsResource {

    private final ModelCatalog catalog;

    ModelsResource(ModelCatalog catalog) {
        this.catalog = catalog;
    }

    @GET
    public Uni<String> models() {
        return catalog.models().map(ModelsResource::list);
    }

    /** @param id with its slashes, and with or without a tag; the answer repeats it as it is */
    @GET
    @Path("/{id: .+}")
    public Uni<String> model(@PathParam("id") String id) {
        if (id.isBlank()) {
            throw ClientErrorException.badField("model", "is blank");
        }
        var name = new ModelName(id);
        return catalog.models()
                .map(models -> models.stream()
                        .filter(model -> model.name().equals(name))
                        .findFirst()
                        .map(model -> json(id, model).toString())
                        .orElseThrow(() -> new JobFailedException(new JobFailure.NoSuchModel(name))));
    }

    static String list(List<OllamaModel> models) {
        ObjectNode list = JsonNodeFactory.instance.objectNode();
        list.put("object", "list");
        var data = list.putArray("data");
        models.forEach(model -> data.add(json(model.name().canonical(), model)));
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
