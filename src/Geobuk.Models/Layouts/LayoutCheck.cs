using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Layouts;

/// <summary>Holds the tensors of a GGUF file against those that its configuration asks for.</summary>
public static class LayoutCheck
{
    /// <summary>Factors of Llama 3's scaling; files may have them whatever the configuration says.</summary>
    public const string RopeFactors = "rope_freqs.weight";

    /// <summary>Refuses a file that is not exactly the configured model.</summary>
    /// <param name="place">The file or folder, for errors.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="names">Names of the tensors that are there.</param>
    /// <param name="shapeOf">Shape of a tensor, outermost first; null where it is not there.</param>
    /// <exception cref="UserInputException">Names every tensor that is missing, superfluous or of another shape.</exception>
    public static void Require(string place, ModelConfig config, ModelLayout layout, IEnumerable<string> names, Func<string, IReadOnlyList<long>?> shapeOf)
    {
        var problems = new TensorProblems();
        foreach (var spec in layout.Gguf.Where(spec => spec.Values is null))
        {
            var shape = shapeOf(spec.Name);
            if (shape is not null && shape.SequenceEqual(spec.Shape)) continue;
            var found = shape is null ? "is missing" : $"has shape [{string.Join(", ", shape)}]";
            problems.Add(place, spec.Name, $"{found}; expected shape [{string.Join(", ", spec.Shape)}]. Check that config and weights belong together.");
        }
        var known = layout.Gguf.Select(spec => spec.Name).Append(RopeFactors).ToHashSet();
        foreach (var name in names.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal))
            problems.Add(place, name, $"is not part of this {config.Family} model; expected only the tensors of {config.LayerCount} layers. Check that config and weights belong together.");
        problems.ThrowIfAny();
    }
}
