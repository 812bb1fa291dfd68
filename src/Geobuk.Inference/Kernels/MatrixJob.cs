namespace Geobuk.Inference.Kernels;

/// <summary>output[t, r] = bias[r] + sum over k of weights[r, k] * input[t, k], for all tokens t; added to the output on request.</summary>
internal unsafe struct MatrixJob
{
    /// <summary>Computes rows for a range of tokens: (job, first row, end row, first token, end token, scratch).</summary>
    public delegate*<MatrixJob*, int, int, int, int, byte*, void> Kernel;
    /// <summary>Rows of the file's format, <see cref="RowBytes"/> apart.</summary>
    public byte* Weights;
    /// <summary>The same weights as <see cref="PanelLayout"/> lays them out, or null: then the kernel does it as it goes.</summary>
    public byte* Panels;
    public long RowBytes;
    public int Rows;
    public int Columns;
    /// <summary>[Rows], or null.</summary>
    public float* Bias;
    public int Tokens;
    public ActivationRows Input;
    /// <summary>[Tokens, Rows].</summary>
    public float* Output;
    /// <summary>Add to what the output holds: the residual stream.</summary>
    public bool Accumulate;

    /// <summary>Stores one dot product; the only place that writes results.</summary>
    public readonly void Store(int token, int row, float value)
    {
        if (Bias != null) value += Bias[row];
        var target = Output + (long)token * Rows + row;
        *target = Accumulate ? *target + value : value;
    }
}
