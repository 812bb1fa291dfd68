using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Budget;

/// <summary>
/// What each type costs and does at each matrix: bytes, and the mean KL divergence in nats per token on calibration text of the model
/// with that one matrix in that type from the model as it is. Saved, it serves any budget without measuring again.
/// </summary>
/// <param name="Model">Fingerprint of the model.</param>
/// <param name="Padding">Feed-forward widths were raised to a multiple of this.</param>
/// <param name="Effects">By GGUF name.</param>
public sealed record EffectTable(string Model, int Padding, IReadOnlyDictionary<string, IReadOnlyList<TypeEffect>> Effects)
{
    /// <summary>Writes the table.</summary>
    public void Save(string path)
    {
        var tensors = new JsonObject(Effects.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)new JsonObject(entry.Value.Select(effect =>
            KeyValuePair.Create(effect.Type.ToString().ToLowerInvariant(), (JsonNode?)new JsonObject { ["bytes"] = effect.Bytes, ["divergence"] = effect.Divergence }))))));
        AtomicFile.WriteText(path, new JsonObject { ["model"] = Model, ["padding"] = Padding, ["effects"] = tensors }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="UserInputException">Not such a file, or of another model.</exception>
    public static EffectTable Load(string path, string model)
    {
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            if ((string?)root["model"] is var found && found != model)
                throw new UserInputException($"{path}: was measured with model {found}; expected {model}. Measure this model: name a file that is not there yet.");
            var effects = root["effects"]!.AsObject().ToDictionary(entry => entry.Key, entry => (IReadOnlyList<TypeEffect>)[.. entry.Value!.AsObject().Select(effect =>
                new TypeEffect(Enum.Parse<GgmlType>(effect.Key, ignoreCase: true), (long)effect.Value!["bytes"]!, (double)effect.Value["divergence"]!))]);
            return new EffectTable(model, (int)root["padding"]!, effects);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw new UserInputException($"{path}: is no table of effects ({fault.Message}); expected one that Geobuk wrote. Name a file that is not there yet to measure anew.", fault);
        }
    }
}
