using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;

namespace Geobuk.Compression.Conversion;

/// <summary>One tensor of the file to be written.</summary>
/// <param name="Spec">Name, shape and where the values come from.</param>
/// <param name="Target">Name, type and size in the file.</param>
/// <param name="Fallback">Why the type is not the preset's; null where it is.</param>
internal sealed record PlannedTensor(GgufTensorSpec Spec, GgufTensorToWrite Target, string? Fallback);
