"""
What an XPath finds in a message, and where it stops matching: `itk3 try`.
"""
