using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;

namespace Geobuk.Compression.Conversion;

/// <summary>One tensor of the file to be written.</summary>
/// <param name="Spec">Name and shape of what the checkpoint gives, and where its values come from.</param>
/// <param name="Target">Name, type and size in the file; its rows and columns may be more than the source's, the rest are zeros.</param>
/// <param name="Fallback">Why the type is not the wanted one; null where it is.</param>
internal sealed record PlannedTensor(GgufTensorSpec Spec, GgufTensorToWrite Target, string? Fallback)
{
    /// <summary>Elements of a row of the file.</summary>
    public long Columns { get; } = Spec.Shape.Count == 1 && Spec.RowLength == 1 ? 1 : Target.Dimensions[0];
    /// <summary>Rows of the file.</summary>
    public long Rows => Target.Elements / Columns;
    /// <summary>Matrices of a stack: experts or heads.</summary>
    public int Slices => Target.Dimensions.Length > 2 ? (int)Target.Dimensions[2] : 1;

    /// <summary>Runs of rows of at most so many elements or of one row, none across two matrices of a stack.</summary>
    public IEnumerable<(long First, long End)> Pieces(long elements)
    {
        var (rows, step) = (Rows / Slices, Math.Max(1, elements / Columns));
        for (var slice = 0L; slice < Slices; slice++)
            for (var first = 0L; first < rows; first += step) yield return (slice * rows + first, slice * rows + Math.Min(rows, first + step));
    }

    /// <summary>The matrix of a stack that a row of the file belongs to.</summary>
    public int SliceOf(long row) => (int)(row / (Rows / Slices));

    /// <summary>The row of the source that a row of the file holds; −1 for one of zeros.</summary>
    public long SourceRow(long row)
    {
        var (rows, sourceRows) = (Rows / Slices, Spec.Rows / Slices);
        var (slice, place) = (row / rows, row % rows);
        return place < sourceRows ? slice * sourceRows + place : -1;
    }
}
