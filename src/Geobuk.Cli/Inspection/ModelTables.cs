using System.Globalization;
using Geobuk.Cli.Terminal;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;
using Spectre.Console;

namespace Geobuk.Cli.Inspection;

/// <summary>A model on the terminal: shape, parts, cache, and what fits on which memory.</summary>
internal static class ModelTables
{
    private static readonly Dictionary<TensorRole, string> s_parts = new()
    {
        [TensorRole.Embedding] = "embedding",
        [TensorRole.Attention] = "attention",
        [TensorRole.Indexer] = "indexer",
        [TensorRole.Mlp] = "dense MLP",
        [TensorRole.Router] = "router",
        [TensorRole.SharedExpert] = "shared experts",
        [TensorRole.RoutedExpert] = "routed experts",
        [TensorRole.Norm] = "norms",
        [TensorRole.Head] = "head",
    };

    /// <summary>Writes everything but the list of tensors.</summary>
    public static void Write(IAnsiConsole console, ModelDescription model)
    {
        console.WriteLine($"{model.Architecture}, {model.Format}: {Quantity.Count(model.Parameters)} parameters, {Quantity.Count(model.ActiveParameters)} active for a token");
        foreach (var line in Shape(model.Model)) console.WriteLine("  " + line);
        console.Write(Parts(model));
        if (model.SkippedTensors > 0) console.WriteLine("skipped: tensors that the model does without, such as layers beyond num_hidden_layers");
        console.WriteLine($"cache of one token in {model.Cache}: {Quantity.Count(model.KvBytesPerToken)} bytes"
            + (model.IndexerBytesPerToken > 0 ? $", and {Quantity.Count(model.IndexerBytesPerToken)} of the indexer's keys" : ""));
        console.WriteLine($"Tokens of context that fit beside the weights, in {Quantity.Percent(model.UsableShare)} of the memory:");
        console.Write(Memory(model));
        console.WriteLine($"-: the weights do not fit. Below {Quantity.Count(model.Context)}: the context that was asked for does not.");
        console.WriteLine(model.Model.Latent is null ? "Eight GPUs share the weights evenly and divide the key-value heads." : "Eight GPUs share the weights evenly; each keeps the whole cache.");
        var own = new InferenceOptions().KeyValueType;
        if (own != model.Options.Cache) console.WriteLine($"geobuk's own engine keeps its cache in {own.ToString().ToLowerInvariant()}; --cache {own.ToString().ToLowerInvariant()} shows that.");
    }

    /// <summary>Writes one line per tensor.</summary>
    public static void WriteTensors(IAnsiConsole console, ModelDescription model)
    {
        foreach (var tensor in model.Tensors) console.WriteLine($"  {tensor.Name,-52} {tensor.Type,-5} [{string.Join(", ", tensor.Shape)}]");
    }

    private static IEnumerable<string> Shape(ModelConfig model)
    {
        yield return $"{model.LayerCount} layers of {model.HiddenSize}, MLP {model.IntermediateSize}, vocabulary {model.VocabularySize}, context {model.MaxPositions}"
            + (model.TieWordEmbeddings ? ", head tied to the embedding" : "");
        yield return model.Latent is { } latent
            ? $"latent attention: {model.HeadCount} heads of {latent.PlainHeadSize} + {latent.RotaryHeadSize}, values {latent.ValueHeadSize}, {(latent.QueryRank is { } rank ? $"latents {rank} and" : "latent")} {latent.KeyValueRank}{(latent.OutputGate ? ", gated output" : "")}"
            : $"grouped attention: {model.HeadCount} heads of {model.HeadSize}, {model.KeyValueHeadCount} for keys and values";
        if (model.Latent?.Indexer is { } indexer) yield return $"sparse indexer: {indexer.Heads} heads of {indexer.HeadSize}, {indexer.TopK} positions read";
        if (model.Mixture is { } mixture)
            yield return $"experts in {model.LayerCount - mixture.DenseLayers.Count} layers: {mixture.ExpertsPerToken} of {mixture.RoutedExperts} and {mixture.SharedExperts} shared, each {mixture.IntermediateSize} wide"
                + (mixture.Groups > 1 ? $", from {mixture.KeptGroups} of {mixture.Groups} groups" : "");
        if (model.GatedNormRank > 0) yield return $"gated norms of rank {model.GatedNormRank}";
    }

    private static Table Parts(ModelDescription model)
    {
        var table = Columns("part", "tensors", "parameters", "active", model.Form is { } form ? $"bytes in {form}" : "bytes");
        foreach (var part in model.Parts)
            table.AddRow(s_parts[part.Part], Quantity.Count(part.Tensors), Quantity.Count(part.Parameters), Quantity.Count(part.ActiveParameters), Quantity.Bytes(part.Bytes));
        if (model.SkippedTensors > 0) table.AddRow("skipped", Quantity.Count(model.SkippedTensors), "", "", Quantity.Bytes(model.SkippedBytes));
        if (model.OtherBytes > 0) table.AddRow("headers, scales", "", "", "", Quantity.Bytes(model.OtherBytes));
        table.AddRow("all", Quantity.Count(model.Parts.Sum(part => part.Tensors) + model.SkippedTensors), Quantity.Count(model.Parameters), Quantity.Count(model.ActiveParameters), Quantity.Bytes(model.Bytes));
        return table;
    }

    private static Table Memory(ModelDescription model)
    {
        var forms = model.Memory.Select(fit => fit.Format).Distinct().ToArray();
        var table = Columns(["memory", .. forms.Select(form => $"{form}, {Quantity.Bytes(model.Memory.First(fit => fit.Format == form).WeightBytes)}")]);
        foreach (var row in model.Memory.GroupBy(fit => fit.Memory))
            table.AddRow([Name(row.Key), .. row.Select(fit => Cell(fit, model.Context))]);
        return table;
    }

    private static string Name(MemoryUnit memory) =>
        (memory.Count > 1 ? $"{memory.Count} x " : "") + $"{memory.Gigabytes} GB {memory.Kind.ToUpper(CultureInfo.InvariantCulture)}";

    private static string Cell(MemoryFit fit, int context) => (fit.ContextTokens, fit.Fits) switch
    {
        (0, _) => "-",
        (var tokens, true) => Quantity.Count(tokens),
        (var tokens, false) => $"{Quantity.Count(tokens)} < {Quantity.Count(context)}",
    };

    private static Table Columns(params string[] titles)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn(titles[0]).NoWrap());
        foreach (var title in titles.Skip(1)) table.AddColumn(new TableColumn(title).RightAligned());
        return table;
    }
}
