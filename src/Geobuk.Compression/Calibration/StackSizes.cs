using Geobuk.Models;
using Geobuk.Models.Layouts;

namespace Geobuk.Compression.Calibration;

/// <summary>Matrices in each stack of a model: experts or heads.</summary>
internal static class StackSizes
{
    public static Dictionary<string, int> Of(ModelConfig config) =>
        ModelLayout.Of(config).Gguf.Where(spec => spec.Shape.Count > 2).ToDictionary(spec => spec.Name, spec => (int)spec.Shape[0]);
}
