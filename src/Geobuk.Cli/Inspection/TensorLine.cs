namespace Geobuk.Cli.Inspection;

/// <summary>One tensor of a model.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Bytes">Bytes stored.</param>
internal sealed record TensorLine(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);
