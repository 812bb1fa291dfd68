using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary>
/// Tensors and numbers, with the number kept until the call is over: the library's operators make a native scalar whose finalizer
/// may run while libtorch still reads it ("Unknown scalar type", met in trainings of the tests). Sums of two tensors have one, too: the second's
/// factor.
/// </summary>
internal static class TensorScalars
{
    private static readonly Lazy<Scalar> s_one = new(() => 1L.ToScalar());

    /// <summary>tensor + other.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, s_one.Value);

    /// <summary>tensor += other.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, s_one.Value);

    /// <summary>Adds rows to those rows of a matrix that the index names.</summary>
    public static Tensor PlusRows(this Tensor matrix, Tensor index, Tensor rows) => matrix.index_add(0, index, rows, s_one.Value);

    /// <summary>tensor += first * second * factor.</summary>
    public static Tensor PlusProductInPlace(this Tensor tensor, Tensor first, Tensor second, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.addcmul_(first, second, scalar);
    }

    /// <summary>tensor += first / second * factor.</summary>
    public static Tensor PlusQuotientInPlace(this Tensor tensor, Tensor first, Tensor second, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.addcdiv_(first, second, scalar);
    }

    /// <summary>tensor += other * factor.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.add_(other, scalar);
    }

    /// <summary>tensor += number.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add_(scalar);
    }

    /// <summary>tensor * number.</summary>
    public static Tensor Times(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>tensor *= number.</summary>
    public static Tensor TimesInPlace(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.mul_(scalar);
    }

    /// <summary>tensor - number, of whole numbers.</summary>
    public static Tensor Minus(this Tensor tensor, long number)
    {
        using var scalar = number.ToScalar();
        return tensor.sub(scalar);
    }

    /// <summary>tensor + number.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar);
    }
}
