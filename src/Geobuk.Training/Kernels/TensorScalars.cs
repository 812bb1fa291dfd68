using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary>
/// Tensors and numbers, with the number kept until the call is over: the library's operators make a native scalar whose finalizer
/// may run while libtorch still reads it ("Unknown scalar type", met in trainings of the tests).
/// </summary>
internal static class TensorScalars
{
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

    /// <summary>tensor + number.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar);
    }
}
