"""What telephones kept without a network: booked when it comes, in any order, once; what cannot be booked is told."""
