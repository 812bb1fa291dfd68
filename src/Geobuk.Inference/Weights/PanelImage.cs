using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Weights;

/// <summary>The panels of a model's quantized matrices, one after the other, each from a cache line on.</summary>
internal sealed unsafe class PanelImage
{
    private readonly List<(WeightTensor Tensor, long Start)> _parts = [];

    /// <param name="matrices">The matrices of products; those whose kernels read rows are left out.</param>
    public PanelImage(IEnumerable<WeightTensor> matrices)
    {
        foreach (var tensor in matrices.Where(tensor => tensor.PanelLayout is not null))
        {
            _parts.Add((tensor, Bytes));
            Bytes += tensor.Slices * SliceBytes(tensor);
        }
    }

    /// <summary>Bytes of the image.</summary>
    public long Bytes { get; }

    /// <summary>Lays everything out from <paramref name="target"/> on.</summary>
    public void Fill(byte* target, int threads)
    {
        foreach (var (tensor, start) in _parts)
        {
            var layout = tensor.PanelLayout!.Value;
            var perSlice = PanelLayout.Panels(tensor.SliceRows);
            Parallel.For(0, tensor.Slices * perSlice, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
            {
                var row = index % perSlice * PanelLayout.Rows;
                var source = tensor.Slice(index / perSlice) + row * tensor.RowBytes;
                layout.Fill(source, tensor.RowBytes, Math.Min(PanelLayout.Rows, tensor.SliceRows - row), target + start + index * layout.PanelBytes);
            });
        }
    }

    /// <summary>Has the kernels read the image at <paramref name="source"/>, which stays there as long as the weights.</summary>
    public void Attach(byte* source)
    {
        foreach (var (tensor, start) in _parts) tensor.Use(source + start);
    }

    private static long SliceBytes(WeightTensor tensor) => PanelLayout.Panels(tensor.SliceRows) * tensor.PanelLayout!.Value.PanelBytes;
}
